/** Can what is found be written as a checkpoint? Asked before anything is drawn. */
import path from 'node:path';
import type { SearchConfig } from '../config/schema.ts';
import { afterColon } from '../shared/after-colon.ts';
import { usageError } from '../shared/errors.ts';
import type { Found } from './2-connect.ts';
import type { Environment } from './environment.ts';
import { checkModelFiles, hasLoras, takenNameOf, whyNotBaked } from './native-merge.ts';

/**
 * @param choices `isNeeded`: a later search of a chain needs the checkpoint; `own`: checkpoints that the run has written before
 * @throws usage errors of `checkModelFiles`, and `save-best` where a later search needs what nobody can write
 */
export async function checkSaving(
  config: SearchConfig,
  { renderers, report }: Found,
  { onWarning, signal }: Pick<Environment, 'onWarning' | 'signal'>,
  { isNeeded = false, own = [] }: { readonly isNeeded?: boolean; readonly own?: readonly string[] } = {},
): Promise<void> {
  await checkModelFiles(config, report, signal);
  const name = takenNameOf(config, report);
  // Whether its own file stays the best one is known at the end, and said then.
  if (name !== undefined && !own.includes(name.taken))
    onWarning(`${name.taken} exists, so this run will write ${path.basename(name.free)}.`);
  if (config.saveBest !== 'webui') return;
  const obstacle = hasLoras(config) ? obstacleToBaking(config, report) : obstacleToSaving(renderers, report);
  if (obstacle === undefined) return;
  if (isNeeded) throw usageError('save-best', `A later merge needs ${config.output}, but ${obstacle.needed}`);
  onWarning(obstacle.words);
}

/** In words, alone and behind "A later merge needs O, but". */
interface Obstacle {
  readonly words: string;
  readonly needed: string;
}

/** Undefined where autombw can bake LoRAs into what is found. */
function obstacleToBaking(config: SearchConfig, report: Found['report']): Obstacle | undefined {
  const missing = whyNotBaked(config, report);
  if (missing === undefined) return undefined;
  return {
    words: `The best cannot be written as a checkpoint with its LoRAs; only the recipe will be written: ${afterColon(missing)}`,
    needed: `it cannot be written with its LoRAs: ${afterColon(missing)}`,
  };
}

/** Undefined where the WebUI writes checkpoints. */
function obstacleToSaving(
  [renderer]: Found['renderers'],
  { mergeWay }: Found['report'],
): Obstacle | undefined {
  if (renderer === undefined || renderer.capabilities.savesCheckpoint) return undefined;
  const advice =
    mergeWay === 'lora-block-weight'
      ? 'autombw bake adds LoRAs to model A'
      : '--save-best checkpoint writes it from the model files (--models-dir)';
  return {
    words: `${renderer.name}: it cannot write the merged checkpoint; only the recipe will be written; ${advice}.`,
    needed: `${renderer.name} cannot write the merged checkpoint: ${advice}.`,
  };
}
