/** One run. */
import { duration } from '../../shared/duration.ts';
import { scoreText } from '../../shared/score-text.ts';
import type { PageProgress, PageSummary } from '../state.ts';
import { Controls } from './controls.tsx';
import { useRun } from './follow.ts';
import { Keys } from './keys.tsx';
import { addressOf } from './place.ts';
import { RatingContext, useRating } from './rating/use-rating.ts';
import { VIEWS } from './views.ts';
import { counted } from '../../shared/counted.ts';

interface RunPageProps {
  readonly run: string;
  /** Of the address. */
  readonly view: string;
  readonly hasOthers: boolean;
}

export function RunPage({ run, view, hasOthers }: RunPageProps) {
  const { state, isConnected } = useRun(run);
  const rating = useRating(run);
  const shown = VIEWS.find(({ id }) => id === view) ?? VIEWS[0];
  if (state === undefined)
    return (
      <main id="content">
        <h1>Run</h1>
        <p role="status">{isConnected ? 'Loading …' : 'Connecting …'}</p>
      </main>
    );
  const { summary } = state;
  const waiting = rating.state?.waiting ?? 0;
  document.title = `${waiting > 0 ? `(${waiting}) ` : ''}${titleOf(summary)}`;
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
            Lost the connection to autombw; reconnecting. What you see may be out of date.
          </p>
        )}
        <Facts summary={summary} />
        <div class="beside">
          <Controls run={run} summary={summary} />
          <Keys title={shown.title} keys={shown.keys ?? []} />
        </div>
      </header>
      {VIEWS.length > 1 && (
        <nav class="views" aria-label="Views">
          {VIEWS.map(({ id, title }) => (
            <a
              key={id}
              href={addressOf({ run, view: id })}
              {...(id === shown.id && { 'aria-current': 'page' as const })}
            >
              {title}
              {id === 'rating' && waiting > 0 && ` (${waiting})`}
            </a>
          ))}
        </nav>
      )}
      <main id="content">
        <RatingContext.Provider value={rating}>
          <shown.Content run={run} state={state} />
        </RatingContext.Provider>
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
          {baselines > 0 && <small> and {counted(baselines, 'baseline')}</small>}
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
        <dd>{pace === null ? '–' : `${duration(pace)} per iteration`}</dd>
      </div>
      {(progress !== null || state === 'running' || state === 'proof') && state !== 'ended' && (
        <div>
          <dt>Now</dt>
          {/* It keeps its place between two images, so that the buttons below stay where they are. */}
          <dd>{progress === null ? '–' : <Progress progress={progress} />}</dd>
        </div>
      )}
    </dl>
  );
}

function Progress({ progress }: { readonly progress: PageProgress }) {
  const { trial, label, done, total, step, steps } = progress;
  return (
    <>
      {label ?? `#${trial}`}: image {Math.min(done + 1, total)} of {total}
      {step !== null && steps !== null && steps > 0 && (
        <small>
          {' '}
          step {step} of {steps}
        </small>
      )}
    </>
  );
}

function titleOf({ name, state, done, total, best }: PageSummary): string {
  const count = total === null ? String(done) : `${done}/${total}`;
  return `${name}: ${state}, ${count}${best === null ? '' : `, best ${scoreText(best.score)}`}`;
}
