/** What the optimizer believes of the score: what matters, what it expects, and where it has looked. */
import type { PageBeliefs } from '../../beliefs/state.ts';
import type { ViewProps } from '../view.ts';
import { Importance } from './importance.tsx';
import { Looked } from './looked.tsx';
import { Parallel } from './parallel.tsx';
import { Slices } from './slices.tsx';
import { Suggestions } from './suggestions.tsx';
import { useBeliefs } from './use-beliefs.ts';

export function BeliefsView({ run, state: { trials } }: ViewProps) {
  const beliefs = useBeliefs(run, trials.filter(({ score }) => score !== null).length);
  if (beliefs === undefined)
    return (
      <section aria-labelledby="beliefs">
        <h2 id="beliefs">What the optimizer believes</h2>
        <p role="status">Computing; this takes a few seconds after many iterations …</p>
      </section>
    );
  return (
    <>
      <section aria-labelledby="beliefs">
        <h2 id="beliefs">What the optimizer believes</h2>
        <Ground beliefs={beliefs} />
        <Importance beliefs={beliefs} />
      </section>
      {beliefs.suggestions.length > 0 && (
        <section aria-labelledby="suggestions">
          <h2 id="suggestions">Suggestions</h2>
          <Suggestions suggestions={beliefs.suggestions} />
        </section>
      )}
      {beliefs.slices.length > 0 && (
        <section aria-labelledby="slices">
          <h2 id="slices">Expected score by weight</h2>
          <Slices beliefs={beliefs} />
        </section>
      )}
      {beliefs.top.length > 0 && beliefs.dimensions.length > 0 && (
        <section aria-labelledby="top">
          <h2 id="top">The best iterations</h2>
          <Parallel beliefs={beliefs} />
        </section>
      )}
      {beliefs.measured.length > 0 && beliefs.dimensions.length > 0 && (
        <section aria-labelledby="looked">
          <h2 id="looked">Explored ranges</h2>
          <Looked beliefs={beliefs} />
        </section>
      )}
    </>
  );
}

/** What all of it stands on. */
function Ground({
  beliefs: { trials, isOld, reason, missing, explained },
}: {
  readonly beliefs: PageBeliefs;
}) {
  return (
    <>
      {reason !== null && (
        <p class="note" role="status">
          {reason}{' '}
          {missing === null
            ? ''
            : `${missing} more ${missing === 1 ? 'iteration' : 'iterations'} with a score, then there will be more here.`}
        </p>
      )}
      {trials > 0 && (
        <p class="quiet">
          From {trials} {trials === 1 ? 'merge' : 'merges'} with a score, including the baselines.{' '}
          {explained !== null &&
            `The model predicts ${Math.round(100 * Math.max(0, explained))} % of the differences between merges it has not seen. `}
          {isOld && 'The run has continued since; this will be updated within half a minute.'}
        </p>
      )}
    </>
  );
}
