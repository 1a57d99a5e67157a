/** Can what is found be written as a checkpoint? Asked before anything is drawn. */
import type { SearchConfig } from '../config/schema.ts';
import { usageError } from '../shared/errors.ts';
import type { Found } from './2-connect.ts';
import type { Environment } from './environment.ts';
import { checkModelFiles } from './native-merge.ts';

/**
 * @param isNeeded a later search of a chain needs the checkpoint
 * @throws usage errors of `checkModelFiles`, and `save-best` where a later search needs what nobody can write
 */
export async function checkSaving(
  config: SearchConfig,
  { renderers, report }: Found,
  { onWarning, signal }: Pick<Environment, 'onWarning' | 'signal'>,
  isNeeded = false,
): Promise<void> {
  await checkModelFiles(config, report, signal);
  const [renderer] = renderers;
  if (config.saveBest !== 'webui' || renderer === undefined || renderer.capabilities.savesCheckpoint) return;
  const advice =
    report.mergeWay === 'lora-block-weight' || report.mergeWay === 'loras'
      ? 'autombw bake puts LoRAs into model A'
      : '--save-best checkpoint writes it from the files of the models (--models-dir)';
  if (isNeeded) {
    throw usageError(
      'save-best',
      `A later merge needs ${config.output}, but ${renderer.name} cannot write the merged checkpoint: ${advice}.`,
    );
  }
  onWarning(
    `${renderer.name}: it cannot write the merged checkpoint, so the recipe will be all that is left; ${advice}.`,
  );
}
