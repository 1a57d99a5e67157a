/** What several looks at one trial's servers come to. */
import { isBroken, type BrokenMerge, type Look, type LookAnswer } from '../trial/evaluator.ts';

/** One broken merge out of several: the worst result, and all that is in doubt. @param looks at least one */
function joinBroken(looks: readonly [BrokenMerge, ...BrokenMerge[]]): BrokenMerge {
  const [first] = looks;
  const lost = looks.find(({ result }) => result === 'lost');
  return {
    result: lost === undefined ? 'mended' : 'lost',
    image: (lost ?? first).image,
    trials: [...new Set(looks.flatMap(({ trials }) => trials))].toSorted((one, other) => one - other),
    reason: [...new Set(looks.map(({ reason }) => reason))].join(' '),
  };
}

/** @returns null where nobody looked */
export function joinLooks(looks: readonly Look[]): Look | null {
  const [broken, ...others] = looks.filter((look) => isBroken(look));
  if (broken !== undefined) return joinBroken([broken, ...others]);
  return looks.length > 0 ? { result: 'holds' } : null;
}

/** @returns a broken merge before all else; null where nobody had to look */
export function joinAnswers(answers: readonly (LookAnswer | null)[]): LookAnswer | null {
  const given = answers.filter((answer) => answer !== null);
  const looks = given.filter((answer) => answer.result !== 'unanswered');
  const joined = joinLooks(looks);
  if (isBroken(joined)) return joined;
  const unanswered = given.filter((answer) => answer.result === 'unanswered');
  const [first] = unanswered;
  if (first === undefined) return joined;
  return unanswered.find(({ failure }) => failure.ends === 'run') ?? first;
}
