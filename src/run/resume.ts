/** What a later session of a run may change (where the WebUI is, how long to go on), and what must be as it was. */
import { parseRecorded, warningOnUnknown, RENAMINGS, translateConfig } from '../config/recorded-config.ts';
import { RESUME_KEYS } from '../config/resume-keys.ts';
import type { SearchConfig } from '../config/schema.ts';
import { isExpected, usageError } from '../shared/errors.ts';
import { flagName, SERVER_KEYS } from '../config/load.ts';
import type { JournalRecord, SearchPlan } from '../journal/record.ts';
import type { ServerReport } from '../renderers/index.ts';
import { kindOfStop } from '../stop/stop-reason.ts';
import type { WeightedScorer } from '../score/index.ts';
import { differentSetting } from './settings.ts';

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
      `${flagName([key])} is fixed by the plan of the run, because scores under other settings could not be compared. Start a new search to change it.`,
    );
  }
  const raw: Record<string, unknown> = { ...config, ...overrides };
  if (SERVER_KEYS.some((key) => overrides[key] !== undefined))
    for (const key of SERVER_KEYS) if (overrides[key] === undefined) delete raw[key];
  return raw;
}

export interface ResumedConfig {
  /** Of this session. */
  readonly config: SearchConfig;
  /** Those that differ from the plan's, for the journal. */
  readonly limits: Record<string, number>;
  /** What of the plan is not carried out, as a sentence. */
  readonly warning: string | undefined;
}

/** @throws usage errors `frozen-option`; `plan-option` for what this version no longer takes; `config-invalid` */
export function resumeConfig(
  { config: recorded, server }: SearchPlan,
  overrides: ResumeOverrides,
  renamings = RENAMINGS,
): ResumedConfig {
  const { known, unknown } = translateConfig(recorded, renamings);
  const raw = { ...withOverrides(known, overrides), backend: wayOf(known['backend'], server) };
  const config = parseRecorded(raw, Object.keys(overrides));
  const limits: Record<string, number> = {};
  for (const key of ['iterations', 'minutes', 'budgetImages', 'patience'] as const) {
    const limit = config[key];
    if (limit !== undefined && limit !== known[key]) limits[key] = limit;
  }
  return { config, limits, warning: warningOnUnknown({ unknown }) };
}

/** Whatever else the server can do by now: scores of another way are scores of other merges. */
function wayOf(backend: unknown, server: SearchPlan['server']): unknown {
  const isNamed = (backend ?? 'auto') !== 'auto' || server === null || !FAMILIES.includes(server.family);
  return isNamed ? backend : server.mergeWay;
}

/** Of servers whose ways `--backend` names; other programs may bring a renderer of their own. */
const FAMILIES = ['a1111', 'forge', 'comfyui'];

/** @throws usage error `models-changed` */
export function checkSameModels({ server }: SearchPlan, now: ServerReport): void {
  const pairs = [
    { before: server?.modelA, found: now.modelA, where: 'the WebUI' },
    { before: server?.modelB, found: now.modelB, where: 'the WebUI' },
    // Plans of earlier versions do not say what they are.
    ...(now.others ?? []).map((found, n) => ({ before: server?.others?.[n], found, where: 'this machine' })),
  ];
  for (const { before, found, where } of pairs) {
    if (before === undefined) continue;
    const sameHash = before.hash === null || found.hash === null || before.hash === found.hash;
    if (before.file === found.file && sameHash) continue;
    throw usageError(
      'models-changed',
      `The run was made with ${before.file} [${before.hash ?? 'no hash'}], but ${where} now has ${found.file} [${found.hash ?? 'no hash'}]: scores of different models cannot be compared. Restore the original ${before.path ?? before.file} and resume, or start a new search.`,
    );
  }
}

/** @throws usage error `settings-changed` */
export function checkSameSettings({ server }: SearchPlan, now: ServerReport): void {
  const difference = differentSetting(server?.settings, now.settings, ['in the run', 'now']);
  if (difference === undefined) return;
  throw usageError(
    'settings-changed',
    `The run was made with other settings of the WebUI, and scores of such images cannot be compared: ${difference}. Set it back in the WebUI, then resume.`,
  );
}

/** @throws usage error `merge-way-changed` */
export function checkSameWay({ server }: SearchPlan, now: ServerReport): void {
  if (server === null || server.mergeWay === now.mergeWay) return;
  throw usageError(
    'merge-way-changed',
    `The run was made with ${server.mergeWay}, but this WebUI merges with ${now.mergeWay}: scores of different merges cannot be compared. ${HOW_TO_GO_ON}`,
  );
}

/** What connecting throws when the way of the plan is no longer there, with what that means for the run. */
export function explainMissingWay({ server }: SearchPlan, error: unknown): unknown {
  if (server === null || !isExpected(error) || error.code !== 'webui-merge-way-missing') return error;
  return usageError(
    'webui-merge-way-missing',
    `The run was made with ${server.mergeWay}, and cannot continue any other way. ${error.message} ${HOW_TO_GO_ON}`,
    { cause: error },
  );
}

const HOW_TO_GO_ON =
  'Then resume again; or start a new search another way, with --warm-start from the best weights.';

/** @throws usage error `scorer-changed` */
export function checkSameScorers({ scorers }: SearchPlan, now: readonly WeightedScorer[]): void {
  for (const { scorer } of now) {
    const then = scorers.find(({ id }) => id === scorer.id);
    if (then === undefined || then.version === scorer.version) continue;
    throw usageError(
      'scorer-changed',
      `The run was scored with ${then.id} ${then.version}, but this is ${scorer.version}: their scores cannot be compared. Start a new search with --warm-start from the best weights.`,
    );
  }
}

/**
 * How many trials had finished when a sick WebUI last stopped the run. Whoever resumes has fixed it: judged by those
 * trials, the run would stop again at once.
 */
export function trialsBeforeMending(records: readonly JournalRecord[]): number {
  let finished = 0;
  let before = 0;
  for (const record of records) {
    if (record.kind === 'scored' || record.kind === 'failed' || record.kind === 'learnt') finished++;
    if (record.kind === 'stopped' && kindOfStop(record.reason.code) === 'sick') before = finished;
  }
  return before;
}
