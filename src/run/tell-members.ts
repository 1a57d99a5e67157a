/** What each member of a fleet does, for those who watch: beside what its server says itself. */
import type { Fleet } from '../fleet/fleet.ts';
import type { MemberState } from '../fleet/member.ts';
import type { LaneState, RunObserver } from '../observers/observer.ts';
import { inWords } from '../trial/evaluator.ts';

/** Milliseconds between two looks; who watches is told of changes alone. */
const LOOK_MS = 1000;

/** @returns ends it, after a last look */
export function tellMembers(
  fleet: Pick<Fleet, 'members'>,
  observers: Pick<Required<RunObserver>, 'onServer'>,
): () => void {
  const told = new Map<string, string>();
  const look = (): void => {
    for (const member of fleet.members) {
      const shown = JSON.stringify([member.state, member.trial, member.why, member.images]);
      if (told.get(member.name) === shown) continue;
      told.set(member.name, shown);
      observers.onServer(stateOf(member));
    }
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    look();
  };
}

function stateOf({ name: lane, address, state, trial, why, images, seconds }: MemberState): LaneState {
  const made = { images, secondsPerImage: images === 0 ? null : seconds / images };
  const of = { lane, address, ...made };
  if (state === 'away') return { ...of, state: 'down', sentence: why ?? 'Unavailable.' };
  if (state === 'idle' || trial === null) return { ...of, state: 'idle', sentence: 'Waiting for work.' };
  return { ...of, state: 'drawing', sentence: `Drawing the images of ${inWords(trial)}.` };
}
