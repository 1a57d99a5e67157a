/** Which weights decide the score: bars with their intervals, the most important first. */
import { useState } from 'preact/hooks';
import type { PageBeliefs, PageEstimate } from '../../beliefs/state.ts';
import { shareText, shortName } from './figures.ts';
import { FigureTable } from './figure-table.tsx';

/** Bars that are shown at first. */
const FEW = 12;

export function Importance({ beliefs: { importance, interactions } }: { readonly beliefs: PageBeliefs }) {
  const [isWhole, setWhole] = useState(false);
  if (importance.length === 0) return null;
  const end = Math.max(0.01, ...importance.map(({ total }) => total.high));
  const shown = isWhole ? importance : importance.slice(0, FEW);
  return (
    <>
      <p>
        How much of the differences in score it believes each weight has a part in: the bar is what it
        expects, the line with two ends is where it is 95 % sure to be.
      </p>
      <ol class="importance">
        {shown.map(({ name, blocks, total }) => (
          <li key={name}>
            <span class="name" title={name}>
              {shortName(name, blocks)}
            </span>
            <Bar share={total} end={end} />
            <span class="share">{shareText(total)}</span>
          </li>
        ))}
      </ol>
      {importance.length > FEW && (
        <button type="button" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? `Show the first ${FEW} only` : `Show all ${importance.length}`}
        </button>
      )}
      {interactions.length > 0 && (
        <>
          <h3>Interactions: effects of two weights together, beyond each alone</h3>
          <ul>
            {interactions.map(({ names, share }) => (
              <li key={names.join(' ')}>
                {names.join(' and ')}: {shareText(share)}
              </li>
            ))}
          </ul>
        </>
      )}
      <FigureTable
        title="Importance"
        head={['weight', 'with others', '95 %', 'on its own', '95 %']}
        rows={() =>
          importance.map(({ name, total, first }) => [
            name,
            percent(total.value),
            `${percent(total.low)} to ${percent(total.high)}`,
            percent(first.value),
            `${percent(first.low)} to ${percent(first.high)}`,
          ])
        }
      />
    </>
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** The numbers stand beside it. @param end share at the right end */
function Bar({ share: { value, low, high }, end }: { readonly share: PageEstimate; readonly end: number }) {
  const at = (part: number): number => Math.round((1000 * part) / end) / 10;
  return (
    <svg class="bar" viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true">
      <rect class="ground" width={100} height={16} />
      <rect class="value" y={2} width={at(value)} height={12} />
      <path class="interval" d={`M${at(low)} 4V12M${at(low)} 8H${at(high)}M${at(high)} 4V12`} />
    </svg>
  );
}
