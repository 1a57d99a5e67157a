/** What a later session of a run may change: where the WebUI is, and how long to go on. */
import { parseSearchConfig } from '../config/load.ts';
import { RESUME_KEYS } from '../config/resume-keys.ts';
import type { SearchConfig } from '../config/schema.ts';
import { usageError } from '../errors.ts';
import { flagName } from '../config/load.ts';
import type { JournalRecord, SearchPlan } from '../journal/record.ts';
import type { StopReason } from '../stop/stop-rule.ts';

/** Values under the keys of the search configuration. */
export type ResumeOverrides = Readonly<Record<string, unknown>>;

/** @throws usage error `frozen-option` for what cannot change within a run */
export function withOverrides(
  config: Readonly<Record<string, unknown>>,
  overrides: ResumeOverrides,
): Record<string, unknown> {
  for (const key of Object.keys(overrides)) {
    if ((RESUME_KEYS as readonly string[]).includes(key)) continue;
    throw usageError(
      'frozen-option',
      `${flagName([key])} is frozen in the plan of the run: scores under other settings could not be compared. Begin a new search to change it.`,
    );
  }
  const raw: Record<string, unknown> = { ...config, ...overrides };
  if (overrides['port'] !== undefined) delete raw['webui'];
  if (overrides['webui'] !== undefined) delete raw['port'];
  return raw;
}

/** @returns the configuration of this session, and the limits that differ from the plan's, for the journal */
export function resumeConfig(
  plan: SearchPlan,
  overrides: ResumeOverrides,
): { config: SearchConfig; limits: Record<string, number> } {
  const config = parseSearchConfig(withOverrides(plan.config, overrides));
  const limits: Record<string, number> = {};
  for (const key of ['iterations', 'minutes', 'patience'] as const) {
    if (config[key] !== plan.config[key]) limits[key] = config[key];
  }
  return { config, limits };
}

const HEALTH: readonly StopReason['code'][] = ['failures', 'pictures-unchanged'];

/**
 * How many trials had finished when a sick WebUI last stopped the run. Whoever resumes has mended it: judged by those
 * trials, the run would stop again at once.
 */
export function trialsBeforeMending(records: readonly JournalRecord[]): number {
  let finished = 0;
  let mended = 0;
  for (const record of records) {
    if (record.kind === 'scored' || record.kind === 'failed' || record.kind === 'learnt') finished++;
    if (record.kind === 'stopped' && HEALTH.some((code) => code === record.reason.code)) mended = finished;
  }
  return mended;
}
