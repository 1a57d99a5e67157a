/** Does the optimizer, begun with the seed of the plan and told the same, ask for the same points again? */
import type { JournalRecord, SearchPlan } from '../../journal/record.ts';
import { afterColon } from '../../shared/after-colon.ts';
import { counted } from '../../shared/counted.ts';
import { describeOptimizers } from '../../optimizers/index.ts';
import { isExpected, messageOf } from '../../shared/errors.ts';
import type { Divergence } from '../replay.ts';
import { RunState } from '../run-state.ts';
import { checked, isAlike, unchecked, type Check, type Difference } from './check.ts';

export interface ReplayedRun {
  readonly check: Check;
  /** The run as it stands behind its last record; undefined where it cannot be replayed. */
  readonly state: RunState | undefined;
}

/** So many are described. */
const MOST = 5;

export function checkAsks(plan: SearchPlan, records: readonly JournalRecord[]): ReplayedRun {
  const divergences: Divergence[] = [];
  let state: RunState;
  try {
    state = new RunState(plan);
    state.replay(records, (divergence) => void divergences.push(divergence));
  } catch (error) {
    // Whatever it is, records that were changed may have led to it.
    const check = isExpected(error)
      ? unchecked('asks', `This version cannot replay the optimizer: ${afterColon(error.message)}`)
      : checked('asks', 'Order of the records', [
          { message: `the order is not consistent (${messageOf(error)})` },
        ]);
    return { check, state: undefined };
  }
  const asked = records.filter((record) => record.kind === 'asked');
  const proposed = asked.filter(({ baseline, byHand }) => baseline === undefined && byHand !== true).length;
  const { name, seed, second } = plan.optimizer;
  const optimizer = second === null ? name : `${name} and then ${second.name}`;
  const real = divergences.filter(({ asked: one, proposed: other }) => !isSamePoint(one, other));
  const summary = `${counted(proposed, 'point')} proposed by ${optimizer} with seed ${seed}`;
  const other = real.length > 0 ? otherVersion(plan) : undefined;
  if (other !== undefined) return { check: unchecked('asks', other), state };
  const differences = real.slice(0, MOST).map((divergence) => describe(plan, divergence));
  if (real.length > MOST) {
    const last = real.at(-1)?.trial;
    differences.push({
      message: `and ${counted(real.length - MOST, 'more point')}, the last of iteration ${last}`,
    });
  }
  return { check: checked('asks', summary, differences), state };
}

/** Why it may rightly ask for other points today; undefined where it is the one that carried out the run. */
function otherVersion({ optimizer }: SearchPlan): string | undefined {
  const parts = optimizer.second === null ? [optimizer] : [optimizer, optimizer.second];
  for (const { name, version } of parts) {
    const today = describeOptimizers().find((one) => one.name === name)?.version;
    if (version === today) continue;
    const then = version === undefined ? 'An earlier autombw' : `Version ${version} of ${name}`;
    return `${then} asked for the points; version ${today} of ${name} asks for others, so they cannot be compared`;
  }
  return undefined;
}

function isSamePoint(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, d) => isAlike(value, other[d] ?? Number.NaN));
}

function describe({ space }: SearchPlan, { trial, asked, proposed }: Divergence): Difference {
  const d = asked.findIndex((value, i) => !isAlike(value, proposed[i] ?? Number.NaN));
  const where = space.dimensions[d]?.name;
  if (where === undefined) return { iteration: trial, message: 'has a point of a different length' };
  return {
    iteration: trial,
    message: `was asked for with ${where} ${asked[d]}, but the optimizer asks for ${proposed[d]}`,
  };
}
