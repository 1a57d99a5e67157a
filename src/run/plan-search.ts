/** The plan of a search before anything is done: `--dry-run`, and the look at all searches of a chain before the first. */
import type { SearchConfig } from '../config/schema.ts';
import type { SearchPlan } from '../journal/record.ts';
import { NEVER_ABORTED } from '../shared/abort/never-aborted.ts';
import { loadWorkflowFile } from '../renderers/index.ts';
import { makePlan } from './2-plan.ts';
import { readBeginning } from './warm-start.ts';
import { checkWritable } from '../journal/name-run.ts';
import { checkModelFilesDry } from './native-merge.ts';
import { makeRequests } from './requests.ts';

export interface PlanOptions {
  readonly seedShift?: number;
  /** Models that earlier searches of a chain make. */
  readonly made?: readonly string[];
  readonly onWarning?: (sentence: string) => void;
}

/**
 * The plan alone: `--dry-run`. No server is asked, but for where the files lie that `--save-best checkpoint` needs.
 * @throws what a search would refuse before it draws anything, as far as it can be known
 */
export async function planSearch(
  config: SearchConfig,
  { seedShift = 0, made = [], onWarning }: PlanOptions = {},
): Promise<SearchPlan> {
  const requests = await makeRequests(config, {
    seedShift,
    ...(onWarning === undefined ? {} : { onWarning }),
  });
  if (config.workflow !== undefined) await loadWorkflowFile(config.workflow);
  const plan = makePlan(config, { requests, beginning: await readBeginning(config, onWarning) });
  checkWritable(config.folder);
  await checkModelFilesDry(config, made, NEVER_ABORTED);
  return plan;
}
