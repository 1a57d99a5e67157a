/** What there is to say of one block. */
import type { PageBeliefs } from '../../beliefs/state.ts';
import type { PageBlockFacts } from '../../blocks/state.ts';
import { countText, percentText, weightText } from './weight-words.ts';

interface CardProps {
  readonly facts: PageBlockFacts | undefined;
  readonly range: string | null;
  /** What the left field shows: `iteration #12`, `your draft`. */
  readonly shownName: string;
  readonly shown: number | undefined;
  readonly best: number | undefined;
  readonly beliefs: PageBeliefs | undefined;
}

export function BlockCard({ facts, range, shownName, shown, best, beliefs }: CardProps) {
  if (facts === undefined)
    return (
      <p class="quiet">Point at a block, tap it or go to it with Tab: what it is and has is told here.</p>
    );
  const { block, words, keys, parameters, moves, others } = facts;
  return (
    <>
      <h3>
        {block} <small>{words}</small>
      </h3>
      <dl class="block-facts">
        <dt>{shownName}</dt>
        <dd>{weightText(shown)}</dd>
        <dt>best</dt>
        <dd>{weightText(best)}</dd>
        <dt>searched</dt>
        <dd>
          {range ?? 'no'}
          {moves === 'together' && `, together with ${others.join(', ')}`}
        </dd>
        <dt>importance</dt>
        <dd>{importanceText(block, beliefs)}</dd>
        <dt>parameters</dt>
        <dd>{parameters === null ? 'unknown' : countText(parameters)}</dd>
        <dt>keys</dt>
        <dd>{keys.length === 0 ? 'of several places' : keys.map((key) => <code key={key}>{key}</code>)}</dd>
      </dl>
    </>
  );
}

function importanceText(block: string, beliefs: PageBeliefs | undefined): string {
  if (beliefs === undefined) return 'not computed yet';
  const found = beliefs.importance.find(({ blocks }) => blocks.includes(block));
  if (found === undefined) return beliefs.reason ?? 'none: it is not searched';
  const { value, low, high } = found.total;
  return `${percentText(value)} of what moves the score (${percentText(low)} to ${percentText(high)})`;
}
