/** The merged checkpoint at the end of a search: written by autombw or the server, recorded, and kept if it is there already. */
import fs from 'node:fs';
import type { RecordOf } from '../journal/record.ts';
import type { Renderer } from '../renderers/index.ts';
import type { ErrorCode } from '../shared/error-codes.ts';
import { isExpected, messageOf } from '../shared/errors.ts';
import { isReadFailure } from '../shared/files/read-file.ts';
import { hashOf } from '../shared/hashes/file-hash.ts';
import { isSystemError } from '../shared/system-error.ts';
import { sameWeights } from '../space/blocks.ts';
import type { Best, BlockWeights } from '../types.ts';
import { numberedName } from './checkpoint-name.ts';
import { hasLoras, mergeNatively, whyNotBaked } from './native-merge.ts';
import { record, timestamp, warn, type Session } from './session.ts';

export interface SavedBest {
  /** Where it lies: a path, or what the server calls it. */
  readonly checkpoint: string;
  /** An earlier session has written it. */
  readonly isKept: boolean;
}

/** `<O>`, `<O>-2` … that are tried when there is a checkpoint of that name already. */
const MOST_NAMES = 20;

/** @returns undefined where nobody can write it, or it was not written: that is said */
export async function saveBest(session: Session, best: Best): Promise<SavedBest | undefined> {
  const { plan, signal } = session;
  const save = saverOf(session);
  if (save === undefined) return undefined;
  /** Why names that this run has used before are passed over. */
  const passed: string[] = [];
  try {
    for (const earlier of session.saved.toReversed())
      if (await isThere(earlier, best.weights, signal)) return keep(session, earlier);
    for (let n = 1; ; n++) {
      const name = numberedName(plan.config.output, n);
      const earlier = session.saved.findLast((one) => one.name === name);
      if (earlier !== undefined && fs.existsSync(earlier.checkpoint)) {
        const why = sameWeights(earlier.weights, best.weights) ? PASSED.changed : PASSED.other;
        passed.push(`${earlier.checkpoint} ${why}`);
        continue;
      }
      try {
        const checkpoint = await save(best.weights, name);
        await keepRecord(session, { name, checkpoint, weights: best.weights });
        if (passed.length > 0)
          inform(session, `${passed.join(', ')}; the merged checkpoint is now ${checkpoint}.`);
        return { checkpoint, isKept: false };
      } catch (error) {
        if (!isExpected(error) || !NAME_TAKEN.includes(error.code)) throw error;
        // Only the server sees the file; it has one of that name.
        if (earlier !== undefined && error.code === 'checkpoint-exists') {
          if (sameWeights(earlier.weights, best.weights)) return keep(session, earlier);
          passed.push(`${earlier.checkpoint} ${PASSED.other}`);
        }
        if (n >= MOST_NAMES) throw error;
      }
    }
  } catch (error) {
    if (!isExpected(error) && !isSystemError(error) && !signal.aborted) throw error;
    warn(
      session,
      `The merged checkpoint was not written (${messageOf(error)}); the recipe holds the weights.`,
    );
    return undefined;
  }
}

const NAME_TAKEN: readonly ErrorCode[] = ['checkpoint-exists', 'output-exists'];

const PASSED = {
  other: 'holds the best of an earlier session',
  changed: 'was changed after this run had written it',
};

/** Is what is to be written there, untouched since this run has written it? */
async function isThere(
  { checkpoint, weights, sha256 }: RecordOf<'saved'>,
  wanted: BlockWeights,
  signal: AbortSignal,
): Promise<boolean> {
  if (!sameWeights(weights, wanted) || !fs.existsSync(checkpoint)) return false;
  return sha256 !== undefined && (await hashIfReadable(checkpoint, signal)) === sha256;
}

function keep(session: Session, { checkpoint }: RecordOf<'saved'>): SavedBest {
  inform(session, `The merged checkpoint is already written: ${checkpoint}.`);
  return { checkpoint, isKept: true };
}

/** A journal that cannot be written any more takes nothing from the checkpoint. */
async function keepRecord(
  session: Session,
  { name, checkpoint, weights }: Pick<RecordOf<'saved'>, 'name' | 'checkpoint' | 'weights'>,
): Promise<void> {
  const sha256 = fs.existsSync(checkpoint) ? await hashIfReadable(checkpoint, session.signal) : undefined;
  const time = timestamp(session.clock);
  try {
    record(session, {
      kind: 'saved',
      name,
      checkpoint,
      weights: { ...weights },
      ...(sha256 !== undefined && { sha256 }),
      time,
    });
  } catch (error) {
    if (!isExpected(error)) throw error;
    warn(session, error.message);
  }
}

/** Undefined also where somebody does not want to wait for it. */
async function hashIfReadable(file: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await hashOf(file, signal);
  } catch (error) {
    if (!isReadFailure(error) && !isSystemError(error) && !signal.aborted) throw error;
    return undefined;
  }
}

function inform({ observers }: Session, message: string): void {
  observers.onNotice({ level: 'info', message });
}

/** Who writes the checkpoint, where anybody does. */
function saverOf({
  servers,
  plan,
  signal,
}: Session): ((weights: BlockWeights, name: string) => Promise<string>) | undefined {
  const { saveBest: way } = plan.config;
  if (way === 'checkpoint' || (way === 'webui' && isBakeable(plan)))
    return async (weights, name) => mergeNatively(plan, weights, name, signal);
  if (way === 'none' || hasLoras(plan.config)) return undefined;
  const able = servers.all
    .map(({ renderer }) => renderer)
    .filter((renderer) => renderer.saveCheckpoint !== undefined && renderer.capabilities.savesCheckpoint);
  if (able.length === 0) return undefined;
  return async (weights, name) => saveOnFirst(able, weights, name, signal);
}

/** One that cannot be had, or fails, leaves it to the next. @throws what the last one has thrown */
async function saveOnFirst(
  renderers: readonly Renderer[],
  weights: BlockWeights,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  for (const [n, renderer] of renderers.entries()) {
    try {
      return (await renderer.saveCheckpoint?.(weights, name, signal)) ?? name;
    } catch (error) {
      const mayGoOn = isExpected(error) && !NAME_TAKEN.includes(error.code) && n < renderers.length - 1;
      if (!mayGoOn) throw error;
    }
  }
  return name;
}

/** Are LoRAs searched, and the files of everything on this machine? */
function isBakeable({ config, server }: Session['plan']): boolean {
  return hasLoras(config) && server !== null && whyNotBaked(config, server) === undefined;
}

/** The backend with files writes the last one as it writes all of them: by itself. So does who bakes LoRAs. */
export function whoSaves({ config, server }: Session['plan']): 'webui' | 'checkpoint' | 'none' {
  const { saveBest: way } = config;
  const writesFiles = server?.mergeWay === 'checkpoint' || hasLoras(config);
  return way === 'webui' && writesFiles ? 'checkpoint' : way;
}
