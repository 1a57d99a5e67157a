/** The run as it goes: scores, pictures, weights, warnings, iterations. */
import { useState } from 'preact/hooks';
import type { PageSummary } from '../../state.ts';
import { useBeliefs } from '../beliefs/use-beliefs.ts';
import type { ViewProps } from '../view.ts';
import { timeText } from '../words.ts';
import { Chart } from './chart.tsx';
import { Front } from './front.tsx';
import { Network } from './network.tsx';
import { Pictures } from './pictures.tsx';
import { Servers } from './servers.tsx';
import { TrialTable } from './trial-table.tsx';

export function LiveView({ run, state: { summary, trials } }: ViewProps) {
  const [chosen, setChosen] = useState<number>();
  const { servers = [] } = summary;
  const beliefs = useBeliefs(run, trials.filter(({ score }) => score !== null).length);
  return (
    <>
      <section aria-labelledby="scores">
        <h2 id="scores">Scores</h2>
        <Chart summary={summary} trials={trials} chosen={chosen} onChoose={setChosen} />
      </section>
      {summary.goals !== undefined && (
        <section aria-labelledby="front">
          <h2 id="front">Front</h2>
          <Front goals={summary.goals} trials={trials} chosen={chosen} onChoose={setChosen} />
        </section>
      )}
      <section aria-labelledby="pictures">
        <h2 id="pictures">Images</h2>
        <Pictures run={run} summary={summary} chosen={chosen} />
      </section>
      <section aria-labelledby="weights">
        <h2 id="weights">Weights</h2>
        <Network
          run={run}
          summary={summary}
          trials={trials}
          chosen={chosen}
          beliefs={beliefs}
          onChoose={setChosen}
        />
      </section>
      {servers.length > 0 && (
        <section aria-labelledby="servers">
          <h2 id="servers">WebUIs</h2>
          <Servers servers={servers} />
        </section>
      )}
      <section aria-labelledby="notices">
        <h2 id="notices">Warnings and errors</h2>
        <Notices summary={summary} />
      </section>
      <section aria-labelledby="trials">
        <h2 id="trials">Iterations</h2>
        <TrialTable
          trials={trials}
          best={summary.best?.trial}
          onChoose={(trial) => {
            setChosen(trial);
            document.getElementById('pictures')?.scrollIntoView();
          }}
        />
      </section>
    </>
  );
}

function Notices({ summary: { notices } }: { readonly summary: PageSummary }) {
  if (notices.length === 0) return <p class="quiet">None.</p>;
  return (
    <ul class="notices" aria-live="polite" aria-label="Warnings and errors" tabIndex={0}>
      {notices.map(({ level, message, at }) => (
        <li key={`${at ?? ''} ${message}`} class={level}>
          <b>{{ info: 'Note', warn: 'Warning', error: 'Error' }[level]}</b> {message}{' '}
          <small>{timeText(at)}</small>
        </li>
      ))}
    </ul>
  );
}
