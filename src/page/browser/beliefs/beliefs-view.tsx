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
        <p role="status">Computing: after many iterations this takes some seconds …</p>
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
          <h2 id="suggestions">What follows from it</h2>
          <Suggestions suggestions={beliefs.suggestions} />
        </section>
      )}
      {beliefs.slices.length > 0 && (
        <section aria-labelledby="slices">
          <h2 id="slices">What it expects of every weight</h2>
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
          <h2 id="looked">Where it has looked</h2>
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
            : `${missing} more ${missing === 1 ? 'iteration' : 'iterations'} with a score, and there will be more here.`}
        </p>
      )}
      {trials > 0 && (
        <p class="quiet">
          From {trials} {trials === 1 ? 'merge' : 'merges'} with a score, the baselines included.{' '}
          {explained !== null &&
            `Of the differences between merges that the model has not seen, it predicts ${Math.round(100 * Math.max(0, explained))} %. `}
          {isOld && 'The run has gone on since: this is computed again in half a minute.'}
        </p>
      )}
    </>
  );
}
