/** Asks the run to pause, to go on, to stop or to reject what it measured last. */
import { useState } from 'preact/hooks';
import { post } from './post.ts';
import type { PageRequest, PageSummary } from '../state.ts';

const ASKED: Readonly<Record<PageRequest, string>> = {
  pause: 'Asked to pause: it does so after the iteration that is measured.',
  'go-on': 'Asked to go on.',
  stop: 'Asked to stop: it does so after the iteration that is measured.',
  reject: 'Asked to reject the latest iteration.',
};

export function Controls({ run, summary }: { readonly run: string; readonly summary: PageSummary }) {
  const [told, setTold] = useState('');
  const [isSure, setSure] = useState(false);
  if (!summary.canControl) return null;
  const ask = async (request: PageRequest, trial?: number): Promise<void> => {
    setSure(false);
    const reply = await post(`/api/runs/${run}/control`, { request, trial });
    setTold(reply.isDone ? ASKED[request] : reply.message);
  };
  const { latest } = summary;
  const isPaused = summary.state === 'paused';
  return (
    <div class="controls" role="group" aria-label="What the run is to do">
      {isPaused ? (
        <button type="button" onClick={() => void ask('go-on')}>
          Go on
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
      {latest !== null && (
        <button type="button" onClick={() => void ask('reject', latest)}>
          Reject #{latest}
        </button>
      )}
      <span role="status">{told}</span>
    </div>
  );
}
