/** The observers of a run on this terminal, and its reaction to Ctrl-C. */
import type { SearchConfig } from '../../config/schema.ts';
import { createLog } from '../../observers/log.ts';
import type { RunObserver } from '../../observers/observer.ts';
import { createProgressBar } from '../../observers/progress-bar.ts';
import { createProgressLines } from '../../observers/progress-lines.ts';
import { defaultEnvironment, type Environment } from '../../run/environment.ts';
import type { RunFiles } from '../../run/files.ts';
import { listenForInterrupt, type Interrupt } from '../../run/interrupt.ts';
import type { CommandContext } from '../cli-process.ts';

export interface Watch {
  readonly environment: Environment;
  readonly interrupt: Interrupt;
}

export function watchRun({ process, remark }: CommandContext): Watch {
  const interrupt = listenForInterrupt(process, () => {
    remark('\nStopping after the current request; press Ctrl-C again to leave at once.');
  });
  const { stderr } = process;
  const createObservers = (config: SearchConfig, files: RunFiles): RunObserver[] => {
    const isDetailed = config.logLevel === 'debug' || config.logLevel === 'trace';
    const log = createLog({
      file: files.log,
      level: config.logLevel,
      ...(isDetailed ? { pretty: stderr } : {}),
    });
    if (isDetailed) return [log];
    const progress = isTerminal(stderr)
      ? createProgressBar(stderr)
      : createProgressLines((line) => void stderr.write(line));
    return [progress, log];
  };
  return { environment: defaultEnvironment({ signal: interrupt.signal, createObservers }), interrupt };
}

function isTerminal(
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean },
): stream is NodeJS.WriteStream {
  return stream.isTTY === true;
}
