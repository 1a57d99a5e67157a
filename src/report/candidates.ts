/** Who is compared, by name. */
import type { CandidateName } from '../proof/proof.ts';
import { BASELINE_NAMES, type BaselineName } from '../types.ts';
import type { ReportRun } from './report.ts';

/** What a candidate or baseline is called in tables and beside images. */
export function candidateText(
  id: CandidateName | 'first',
  { models }: Pick<ReportRun, 'models'>,
  trial?: number | null,
): string {
  const iteration = trial === undefined || trial === null ? '' : ` (iteration ${trial})`;
  if (id === 'A') return `A · ${models.a.name}`;
  if (id === 'B') return `B · ${models.b.name}`;
  if (id === 'half') return 'half of each';
  return `${MERGES[id]}${iteration}`;
}

const MERGES = { best: 'best merge', 'runner-up': 'runner-up', first: 'first merge' } as const;

export function isBaselineName(name: string): name is BaselineName {
  return BASELINE_NAMES.some((one) => one === name);
}
