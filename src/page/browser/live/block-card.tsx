/** What there is to say of one block. */
import type { ComponentChildren } from 'preact';
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
    return <p class="quiet">Point at a block, tap it or move to it with Tab to see details here.</p>;
  const { block, words, keys, parameters, moves, others } = facts;
  return (
    <>
      <h3>
        {block} <small>{words}</small>
      </h3>
      <dl class="block-facts">
        <Fact name={shownName}>{weightText(shown)}</Fact>
        <Fact name="best">{weightText(best)}</Fact>
        <Fact name="searched">
          {range ?? 'no'}
          {moves === 'together' && `, together with ${others.join(', ')}`}
        </Fact>
        <Fact name="importance">{importanceText(block, beliefs)}</Fact>
        <Fact name="parameters" isMore>
          {parameters === null ? 'unknown' : countText(parameters)}
        </Fact>
        <Fact name="keys" isMore>
          {keys.length === 0 ? 'in several places' : keys.map((key) => <code key={key}>{key}</code>)}
        </Fact>
      </dl>
    </>
  );
}

interface FactProps {
  readonly name: string;
  /** Left out on a phone while there is a draft. */
  readonly isMore?: boolean;
  readonly children: ComponentChildren;
}

function Fact({ name, isMore = false, children }: FactProps) {
  return (
    <div class={isMore ? 'more' : ''}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function importanceText(block: string, beliefs: PageBeliefs | undefined): string {
  if (beliefs === undefined) return 'not computed yet';
  const found = beliefs.importance.find(({ blocks }) => blocks.includes(block));
  if (found === undefined) return beliefs.reason === null ? 'none: it is not searched' : 'not known yet';
  const { value, low, high } = found.total;
  return `${percentText(value)} of the score differences (${percentText(low)} to ${percentText(high)})`;
}
