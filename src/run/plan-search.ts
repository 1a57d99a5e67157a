/** The plan of a search before anything is done: `--dry-run`, and the look at all searches of a chain before the first. */
import type { SearchConfig } from '../config/schema.ts';
import { NEVER_ABORTED } from '../shared/abort/never-aborted.ts';
import { loadWorkflowFile } from '../renderers/index.ts';
import { planOffline } from './1-plan.ts';
import type { LivePlan } from './live-plan.ts';
import { checkModelFilesDry } from './native-merge.ts';

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
  { seedShift, made = [], onWarning = () => {} }: PlanOptions = {},
): Promise<LivePlan> {
  if (config.workflow !== undefined) await loadWorkflowFile(config.workflow);
  const { plan } = await planOffline(config, { seedShift }, { signal: NEVER_ABORTED, onWarning });
  await checkModelFilesDry(config, made, NEVER_ABORTED);
  return plan;
}
