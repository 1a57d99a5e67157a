/** After the loop: the merged checkpoint, the files for people, and a WebUI left as it was found. */
import fs from 'node:fs';
import path from 'node:path';
import { isExpected, messageOf } from '../errors.ts';
import { isDoubted, type StopReason } from '../stop/stop-rule.ts';
import type { Best, BlockWeights } from '../types.ts';
import { minutesSpent } from './3-search.ts';
import { mergeNatively } from './native-merge.ts';
import { writeOutputs } from './outputs.ts';
import { record, timestamp, type Session } from './session.ts';

export interface RunSummary {
  readonly reason: StopReason;
  /** The best score seen. */
  readonly best: Best | undefined;
  /** The merge to use, and what the model expects of it. */
  readonly recommended: (Best & { readonly expected: number | undefined }) | undefined;
  readonly iterations: number;
  readonly failed: number;
  readonly images: number;
  readonly minutes: number;
  /** Paths of what was written. */
  readonly files: Readonly<Record<string, string>>;
  /** Where the merged checkpoint lies, and who wrote it. */
  readonly checkpoint: string | undefined;
  readonly savedBy: 'webui' | 'checkpoint' | 'none';
  /** More can come of it: `autombw resume` goes on. */
  readonly canResume: boolean;
}

/** Reasons after which the run has reached its goal: only then is a checkpoint of gigabytes written. */
const COMPLETE: readonly StopReason['code'][] = ['iterations', 'minutes', 'early-stop', 'space-exhausted'];

export function isComplete({ code }: StopReason): boolean {
  return COMPLETE.includes(code);
}

/** `<O>`, `<O>-2` … that are tried when the WebUI has a checkpoint of that name already. */
const MOST_NAMES = 20;

export async function finish(session: Session, reason: StopReason): Promise<RunSummary> {
  const { ledger, journal, observers, clock, plan, files } = session;
  const { code, message } = reason;
  record(session, { kind: 'stopped', reason: { code, message }, time: timestamp(clock) });
  const complete = isComplete(reason);
  const handed = ledger.recommended();
  const recommended = handed && { ...handed.best, expected: handed.expected };
  const checkpoint = complete && recommended !== undefined ? await saveBest(session, recommended) : undefined;
  await closeLanes(session);
  await session.pictures.flush();
  const written = await writeOutputs(session, recommended);
  const best = ledger.best();
  const iterations = ledger.trials.filter((trial) => !isDoubted(trial)).length;
  await observers.onEnd({ reason, best, weights: recommended?.weights });
  journal.close();
  removeUnusedRecipe(session, recommended !== undefined);
  return {
    reason,
    best,
    recommended,
    iterations,
    failed: ledger.trials.filter((trial) => trial.state === 'failed' && !isDoubted(trial)).length,
    images: ledger.trials.reduce((sum, trial) => sum + trial.images.length, 0),
    minutes: minutesSpent(session),
    files: { journal: files.journal, log: files.log, ...written, ...imagesOf(session) },
    checkpoint,
    savedBy: whoSaves(plan),
    canResume: !complete || iterations < plan.config.iterations,
  };
}

/** Puts every WebUI back, and says what could not be. */
export async function closeLanes({ lanes, observers }: Pick<Session, 'lanes' | 'observers'>): Promise<void> {
  for (const { name, renderer } of lanes) {
    for (const left of await renderer.close())
      observers.onNotice({ level: 'warn', message: `${name}: ${left}` });
  }
}

async function saveBest(session: Session, best: Best): Promise<string | undefined> {
  const { plan, signal, observers } = session;
  const save = saverOf(session);
  if (save === undefined) return undefined;
  const { output } = plan.config;
  for (let n = 1; ; n++) {
    try {
      return await save(best.weights, n === 1 ? output : `${output}-${n}`);
    } catch (error) {
      if (isExpected(error) && NAME_TAKEN.includes(error.code) && n < MOST_NAMES) continue;
      if (!isExpected(error) && !signal.aborted) throw error;
      observers.onNotice({
        level: 'warn',
        message: `The merged checkpoint was not written (${messageOf(error)}); the recipe holds the weights.`,
      });
      return undefined;
    }
  }
}

const NAME_TAKEN = ['checkpoint-exists', 'output-exists'];

/** Who writes the checkpoint, where anybody does. */
function saverOf({
  lanes,
  plan,
  signal,
}: Session): ((weights: BlockWeights, name: string) => Promise<string>) | undefined {
  const { saveBest } = plan.config;
  if (saveBest === 'checkpoint') return async (weights, name) => mergeNatively(plan, weights, name, signal);
  const renderer = lanes[0]?.renderer;
  if (saveBest === 'none' || renderer?.saveCheckpoint === undefined) return undefined;
  if (!renderer.capabilities.savesCheckpoint) return undefined;
  return async (weights, name) => (await renderer.saveCheckpoint?.(weights, name, signal)) ?? name;
}

/** The way of merging with files writes the last one as it writes all of them: by itself. */
function whoSaves({ config: { saveBest }, server }: Session['plan']): RunSummary['savedBy'] {
  return saveBest === 'webui' && server?.mergeWay === 'checkpoint' ? 'checkpoint' : saveBest;
}

/** Where pictures were kept. */
function imagesOf({ files: { images } }: Session): Record<string, string> {
  return fs.existsSync(images) ? { images } : {};
}

function removeUnusedRecipe({ files, recipe }: Session, used: boolean): void {
  const file = path.join(files.folder, recipe);
  if (!used && fs.existsSync(file) && fs.statSync(file).size === 0) fs.rmSync(file);
}
