/** Who is compared, by name. */
import { plannedBaselineWords } from '../space/baseline-words.ts';
import type { CandidateName } from '../proof/proof.ts';
import { BASELINE_NAMES, type BaselineName } from '../types.ts';
import type { ReportRun } from './report.ts';

/** What a candidate or baseline is called in tables and beside images. */
export function candidateText(
  id: CandidateName | 'first',
  { models, plan }: Pick<ReportRun, 'models' | 'plan'>,
  trial?: number | null,
): string {
  const iteration = trial === undefined || trial === null ? '' : ` (iteration ${trial})`;
  if (id === 'A') return `A · ${models.a.name}`;
  const alone = plan === undefined || plan.config.modelA !== plan.config.modelB ? undefined : plan;
  if (alone !== undefined && (id === 'B' || id === 'half')) return plannedBaselineWords(alone)[id];
  if (id === 'B') return `B · ${models.b.name}`;
  if (id === 'half') return 'half of each';
  return `${MERGES[id]}${iteration}`;
}

const MERGES = { best: 'best merge', 'runner-up': 'runner-up', first: 'first merge' } as const;

export function isBaselineName(name: string): name is BaselineName {
  return BASELINE_NAMES.some((one) => one === name);
}
