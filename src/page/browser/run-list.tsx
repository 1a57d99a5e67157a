import type { PageRun } from '../state.ts';
import { scoreText } from '../../shared/score-text.ts';
import { counted } from '../../shared/counted.ts';

/** The runs of a folder, the newest first. */
export function RunList({ runs }: { readonly runs: readonly PageRun[] }) {
  if (runs.length === 0) return <p>No runs here yet.</p>;
  return (
    <ul class="runs">
      {runs.map(({ id, name, modelA, modelB, state, date, best, done, reason }) => (
        <li key={id}>
          <a href={`#${id}`}>{name}</a> <span class={`state ${state}`}>{state}</span>
          <div class="quiet">
            {modelA} + {modelB} · {date} · {counted(done, 'iteration')} · best{' '}
            {best === null ? 'none' : scoreText(best)}
          </div>
          {reason !== '' && <div class="quiet">{reason}</div>}
        </li>
      ))}
    </ul>
  );
}
