/** One run. */
import { useState } from 'preact/hooks';
import type { PageSummary } from '../state.ts';
import { Chart } from './chart.tsx';
import { Controls } from './controls.tsx';
import { useRun } from './follow.ts';
import { Network } from './network.tsx';
import { Pictures } from './pictures.tsx';
import { TrialTable } from './trial-table.tsx';
import { scoreText } from '../../shared/score-text.ts';
import { duration } from '../../shared/duration.ts';
import { timeText } from './words.ts';

export function RunPage({ run, hasOthers }: { readonly run: string; readonly hasOthers: boolean }) {
  const { state, isConnected } = useRun(run);
  const [chosen, setChosen] = useState<number>();
  if (state === undefined)
    return (
      <main id="content">
        <h1>Run</h1>
        <p role="status">{isConnected ? 'Loading …' : 'Connecting …'}</p>
      </main>
    );
  const { summary, trials } = state;
  document.title = titleOf(summary);
  return (
    <>
      <header>
        {hasOthers && (
          <nav aria-label="Runs">
            <a href="#">All runs</a>
          </nav>
        )}
        <h1>
          {summary.name} <span class={`state ${summary.state}`}>{summary.state}</span>
        </h1>
        <p class="quiet">
          A · {summary.modelA} and B · {summary.modelB}. {summary.sentence}
        </p>
        {!isConnected && (
          <p class="note" role="status">
            The connection to autombw is lost; it is tried again. What you see is as it was.
          </p>
        )}
        <Facts summary={summary} />
        <Controls run={run} summary={summary} />
      </header>
      <main id="content">
        <section aria-labelledby="scores">
          <h2 id="scores">Scores</h2>
          <Chart trials={trials} lines={summary.lines} best={summary.best} />
        </section>
        <section aria-labelledby="pictures">
          <h2 id="pictures">Pictures</h2>
          <Pictures run={run} summary={summary} chosen={chosen} />
        </section>
        <section aria-labelledby="weights">
          <h2 id="weights">Weights</h2>
          <Network summary={summary} />
        </section>
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
      </main>
    </>
  );
}

function Facts({ summary }: { readonly summary: PageSummary }) {
  const { done, total, baselines, best, pace, left, progress, state } = summary;
  return (
    <dl class="facts">
      <div>
        <dt>Iteration</dt>
        <dd>
          {done}
          {total !== null && ` of ${total}`}
          {baselines > 0 && <small> and {baselines} baselines</small>}
        </dd>
      </div>
      <div>
        <dt>Best</dt>
        <dd>
          {best === null ? 'none yet' : scoreText(best.score)}
          {best !== null && <small> iteration #{best.trial}</small>}
        </dd>
      </div>
      <div>
        <dt>Time left</dt>
        <dd>{left === null ? '–' : duration(left)}</dd>
      </div>
      <div>
        <dt>Pace</dt>
        <dd>{pace === null ? '–' : `${duration(pace)} an iteration`}</dd>
      </div>
      {progress !== null && state !== 'ended' && (
        <div>
          <dt>Now</dt>
          <dd>
            {progress.label ?? `#${progress.trial}`}: image {Math.min(progress.done + 1, progress.total)} of{' '}
            {progress.total}
            {progress.step !== null && progress.steps !== null && progress.steps > 0 && (
              <small>
                {' '}
                step {progress.step} of {progress.steps}
              </small>
            )}
          </dd>
        </div>
      )}
    </dl>
  );
}

function Notices({ summary: { notices } }: { readonly summary: PageSummary }) {
  if (notices.length === 0) return <p class="quiet">None.</p>;
  return (
    <ul class="notices" aria-live="polite">
      {notices.map(({ level, message, at }) => (
        <li key={`${at ?? ''} ${message}`} class={level}>
          <b>{{ info: 'Note', warn: 'Warning', error: 'Error' }[level]}</b> {message}{' '}
          <small>{timeText(at)}</small>
        </li>
      ))}
    </ul>
  );
}

function titleOf({ name, state, done, total, best }: PageSummary): string {
  const count = total === null ? String(done) : `${done}/${total}`;
  return `${name}: ${state}, ${count}${best === null ? '' : `, best ${scoreText(best.score)}`}`;
}
