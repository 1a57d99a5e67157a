/** The observers of a run on this terminal, and its reaction to Ctrl-C. */
import type { SearchConfig } from '../../config/schema.ts';
import { createLog } from '../../observers/log.ts';
import type { RunObserver } from '../../observers/observer.ts';
import { createProgressBar } from '../../observers/progress-bar.ts';
import { createProgressLines } from '../../observers/progress-lines.ts';
import { defaultEnvironment, type Environment } from '../../run/environment.ts';
import type { RunFiles } from '../../journal/find.ts';
import type { RunSummary } from '../../run/4-finish.ts';
import { ratesByHand } from '../../run/scoring.ts';
import { listenForInterrupt } from '../../run/interrupt.ts';
import { EXIT, type CommandContext } from '../cli-process.ts';
import { exitCodeOf, printSummary } from './summary.ts';

/**
 * Runs a search for this terminal: progress and log while it runs, its summary at the end, Ctrl-C in between.
 * @returns the exit code
 */
export async function watchRun(
  context: CommandContext,
  json: boolean,
  run: (environment: Environment) => Promise<RunSummary>,
): Promise<number> {
  return watchWork(context, async (environment, signalCode) => {
    const summary = await run(environment);
    printSummary(context, summary, json);
    return exitCodeOf(summary, signalCode());
  });
}

/**
 * Any work that writes journals: the first Ctrl-C brings it to a clean end.
 * @param work given what tells the exit code of a signal
 * @returns the exit code
 */
export async function watchWork(
  context: CommandContext,
  work: (environment: Environment, signalCode: () => number | undefined) => Promise<number>,
): Promise<number> {
  const interrupt = listenForInterrupt(context.process, () => {
    context.remark(
      '\nStopping: the WebUI is interrupted and the journal kept. Ctrl-C once more leaves at once.',
    );
  });
  try {
    const environment = defaultEnvironment({
      signal: interrupt.signal,
      onRemark: (remark) => context.remark(remark),
      createObservers: observersFor(context),
    });
    return await work(environment, () => interrupt.exitCode());
  } catch (error) {
    // Before the run had begun there is nothing to keep and nothing to say.
    if (interrupt.signal.aborted) return interrupt.exitCode() ?? EXIT.interrupted;
    throw error;
  } finally {
    interrupt.dispose();
  }
}

/** The same for work that is no run: nothing to resume, nothing to summarise. @returns the exit code */
export async function watchQuietly(
  context: CommandContext,
  work: (environment: Environment) => Promise<number>,
): Promise<number> {
  const interrupt = listenForInterrupt(context.process, () => context.remark('\nStopping.'));
  try {
    return await work(
      defaultEnvironment({ signal: interrupt.signal, onRemark: (remark) => context.remark(remark) }),
    );
  } catch (error) {
    if (interrupt.signal.aborted) return interrupt.exitCode() ?? EXIT.interrupted;
    throw error;
  } finally {
    interrupt.dispose();
  }
}

function observersFor({ process }: CommandContext): Environment['createObservers'] {
  const { stderr } = process;
  return (config: SearchConfig, files: RunFiles): RunObserver[] => {
    const isDetailed = config.logLevel === 'debug' || config.logLevel === 'trace';
    const log = createLog({
      file: files.log,
      level: config.logLevel,
      ...(isDetailed ? { pretty: stderr } : {}),
    });
    if (isDetailed) return [log];
    // A bar that is drawn anew would overwrite the questions to the rater.
    const progress =
      isTerminal(stderr) && !ratesByHand(config)
        ? createProgressBar(stderr)
        : createProgressLines((line) => void stderr.write(line));
    return [progress, log];
  };
}

function isTerminal(
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean },
): stream is NodeJS.WriteStream {
  return stream.isTTY === true;
}
