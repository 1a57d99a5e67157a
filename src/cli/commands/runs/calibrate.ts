/** Scores plain model A and model B on the payloads, so that the z-score of a scorer means something. */
import path from 'node:path';
import { loadSearchConfig } from '../../../config/load.ts';
import { usageError } from '../../../shared/errors.ts';
import { refuseExisting } from '../../../shared/files/refuse-existing.ts';
import { calibrate } from '../../../run/calibrate.ts';
import type { Environment } from '../../../run/environment.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { watchQuietly } from './watch.ts';
import { writeBeside } from '../write-new.ts';
import { counted } from '../../../shared/counted.ts';

export interface CalibrateOptions {
  readonly config?: string;
  readonly write: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly waitForServer?: boolean;
}

export async function calibrateCommand(
  context: CommandContext,
  flags: Readonly<Record<string, unknown>>,
  { config: file, write, force = false, json, waitForServer }: CalibrateOptions,
): Promise<number> {
  if (path.extname(write) !== '.json')
    throw usageError('config-invalid', `--write ${write} must end in .json.`);
  refuseExisting([write], force);
  // A calibration must not need one.
  const config = await loadSearchConfig({ output: 'calibration', ...flags, scoreMap: {} }, file);
  const use = { work: 'calibration', waits: waitForServer };
  const work = async (environment: Environment): Promise<number> => {
    const calibration = await calibrate(config, environment, ({ done, total }) =>
      context.note(`${done}/${counted(total, 'image')}`),
    );
    const text = `${JSON.stringify(calibration, null, 2)}\n`;
    writeBeside(
      write,
      () => text,
      (written) => {
        if (json === true) {
          context.printJson(calibration);
          return;
        }
        for (const [id, { mean, deviation, images }] of Object.entries(calibration.scorers))
          context.print(
            `${id}: mean ${mean.toFixed(4)}, deviation ${deviation.toFixed(4)} over ${counted(images, 'image')}`,
          );
        if (written !== undefined)
          context.print(`Wrote ${write}: use it with --calibration ${write} --score-map NAME=z-score`);
      },
      force,
    );
    return EXIT.ok;
  };
  return watchQuietly(context, work, use);
}
