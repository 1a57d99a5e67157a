/** Asks the run to pause, to go on, to stop or to reject what it measured last. */
import { useState } from 'preact/hooks';
import { post } from './post.ts';
import type { PageRequest, PageSummary } from '../state.ts';

const ASKED: Readonly<Record<PageRequest, string>> = {
  pause: 'Pausing after the current iteration.',
  'go-on': 'Continuing.',
  stop: 'Stopping after the current iteration.',
  reject: 'Rejecting',
};

interface Asked {
  readonly request: PageRequest;
  readonly trial: number | undefined;
  readonly text: string;
}

/** What was asked has been done: nothing more is to be said of it. */
function isDone({ request, trial }: Asked, { state, current, latest, servers }: PageSummary): boolean {
  switch (request) {
    case 'pause': {
      const isAtRest = servers === undefined || servers.every((server) => server.state === 'idle');
      return state === 'paused' && current?.isOpen !== true && isAtRest;
    }
    case 'go-on':
      return state !== 'paused';
    case 'reject':
      return latest !== trial;
    default:
      return false;
  }
}

export function Controls({ run, summary }: { readonly run: string; readonly summary: PageSummary }) {
  const [asked, setAsked] = useState<Asked>();
  const [isSure, setSure] = useState(false);
  /** What is about to be rejected: it stays the same while others are finished. */
  const [unwanted, setUnwanted] = useState<number>();
  if (!summary.canControl) return null;
  const ask = async (request: PageRequest, trial?: number): Promise<void> => {
    setSure(false);
    setUnwanted(undefined);
    const reply = await post(`/api/runs/${run}/control`, { request, trial });
    const text = request === 'reject' ? `${ASKED.reject} #${trial}.` : ASKED[request];
    setAsked({ request, trial, text: reply.isDone ? text : reply.message });
  };
  const { latest } = summary;
  const isPaused = summary.state === 'paused';
  return (
    <div class="controls" role="group" aria-label="Run control">
      {isPaused ? (
        <button type="button" onClick={() => void ask('go-on')}>
          Continue
        </button>
      ) : (
        <button type="button" onClick={() => void ask('pause')}>
          Pause
        </button>
      )}
      <button type="button" onClick={() => (isSure ? void ask('stop') : setSure(true))}>
        {isSure ? 'Really stop?' : 'Stop'}
      </button>
      {isSure && (
        <button type="button" onClick={() => setSure(false)}>
          No
        </button>
      )}
      {unwanted === undefined && latest !== null && summary.state !== 'proof' && (
        <button type="button" onClick={() => setUnwanted(latest)}>
          Reject #{latest}
        </button>
      )}
      {unwanted !== undefined && (
        <>
          <button type="button" onClick={() => void ask('reject', unwanted)}>
            Really reject #{unwanted}?
          </button>
          <button type="button" onClick={() => setUnwanted(undefined)}>
            Keep it
          </button>
        </>
      )}
      <span role="status">{asked !== undefined && !isDone(asked, summary) && asked.text}</span>
    </div>
  );
}
