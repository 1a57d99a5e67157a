/** The observers of a run on this terminal, and its reaction to Ctrl-C. */
import path from 'node:path';
import type { Claims } from '../../../claims/claims.ts';
import type { SearchConfig } from '../../../config/schema.ts';
import { createEventObserver } from '../../../events/event-observer.ts';
import { createLog, type LogOptions } from '../../../observers/log.ts';
import type { RunObserver } from '../../../observers/observer.ts';
import { createProgressBar } from '../../../observers/progress-bar.ts';
import { createProgressLines } from '../../../observers/progress-lines.ts';
import { defaultEnvironment, type Environment } from '../../../run/environment.ts';
import type { RunFiles } from '../../../journal/name-run.ts';
import type { RunSummary } from '../../../run/5-finish.ts';
import { ratesInTerminal } from '../../../judging/scoring.ts';
import { isSystemError } from '../../../shared/system-error.ts';
import { eventsIn } from '../../../types.ts';
import type { CommandContext } from '../../cli-process.ts';
import { interruptible } from '../interruptible.ts';
import { printImportance } from '../importance-summary.ts';
import { exitCodeOf, printSummary } from '../summary.ts';
import { claimsOf, withClaims, type ServerUse } from './claimed-servers.ts';
import { openRunPage, type PageOption } from './run-page.ts';

/**
 * Runs a search for this terminal: progress and log while it runs, its summary at the end, Ctrl-C in between.
 * @returns the exit code
 */
export async function watchRun(
  context: CommandContext,
  json: boolean,
  run: (environment: Environment) => Promise<RunSummary>,
  page?: PageOption,
  use?: ServerUse,
  more?: WatchedWork,
): Promise<number> {
  const work = async (environment: Environment, signalCode: () => number | undefined): Promise<number> => {
    const summary = await run(environment);
    await printSummary(context, summary, json);
    if (!json) await printImportance(context, summary);
    return exitCodeOf(summary, signalCode());
  };
  return watchWork(context, work, page, use, more);
}

export interface WatchedWork {
  /** Port of `--metrics`; none unless given. */
  readonly metrics?: number | undefined;
}

/**
 * Any work that writes journals: the first Ctrl-C brings it to a clean end.
 * @param work given what tells the exit code of a signal
 * @param page the live page of its runs; none unless asked for
 * @param use what its servers are claimed for; they are not unless given
 * @param more what else is known of the work
 * @returns the exit code
 */
export async function watchWork(
  context: CommandContext,
  work: (environment: Environment, signalCode: () => number | undefined) => Promise<number>,
  page?: PageOption,
  use?: ServerUse,
  { metrics: metricsPort }: WatchedWork = {},
): Promise<number> {
  const runs: WatchedRun[] = [];
  const settings = {
    stopping:
      '\nStopping: interrupting the WebUI; the journal is safe. Press Ctrl-C again to quit immediately.',
    keepDefect: (error: unknown) => runs.at(-1)?.keepDefect(error),
  };
  return interruptible(context, settings, async (interrupt) => {
    const livePage = await openRunPage(context, page);
    const claims = claimsOf(context, use, interrupt.signal);
    const usual = defaultEnvironment({
      signal: interrupt.signal,
      hasPage: livePage !== undefined,
      onWarning: (sentence) => context.note(sentence),
      createObservers: (config, files) => {
        const run = watchedRun(context, config, files, livePage !== undefined);
        runs.push(run);
        return livePage === undefined ? run.observers : [...run.observers, livePage.add(files.journal)];
      },
    });
    const { withQueue } = await import('./queued-run.ts');
    const queued = withQueue(withClaims(usual, claims, use));
    const metrics = await openMetricsOf(context, metricsPort, queued.depth);
    const environment =
      metrics === undefined ? queued.environment : withObserver(queued.environment, metrics.observer);
    try {
      return await work(environment, () => interrupt.exitCode());
    } finally {
      await queued.close();
      await metrics?.close();
      claims?.release();
      await livePage?.close();
    }
  });
}

/** The same for work that is no run: nothing to resume, nothing to summarise. @returns the exit code */
export async function watchQuietly(
  context: CommandContext,
  work: (environment: Environment, claims?: Claims) => Promise<number>,
  use?: ServerUse,
): Promise<number> {
  return interruptible(context, { stopping: '\nStopping.' }, async ({ signal }) => {
    const claims = claimsOf(context, use, signal);
    const usual = defaultEnvironment({ signal, onWarning: (sentence) => context.note(sentence) });
    try {
      return await work(withClaims(usual, claims, use), claims);
    } finally {
      claims?.release();
    }
  });
}

async function openMetricsOf(
  context: CommandContext,
  port: number | undefined,
  depth: () => Promise<number | undefined>,
): Promise<{ readonly observer: RunObserver; readonly close: () => Promise<void> } | undefined> {
  if (port === undefined) return undefined;
  const { RunMetrics } = await import('../../../metrics/run-metrics.ts');
  const { serveMetrics } = await import('../../../metrics/server.ts');
  const metrics = new RunMetrics(depth);
  const server = await serveMetrics(port, {
    trouble: () => metrics.trouble(),
    metrics: async () => metrics.metrics(),
  });
  context.note(`Metrics: http://127.0.0.1:${server.port}/metrics`);
  return { observer: metrics.observer, close: server.close };
}

function withObserver(environment: Environment, observer: RunObserver): Environment {
  return {
    ...environment,
    createObservers: (config, files) => [...environment.createObservers(config, files), observer],
  };
}

interface WatchedRun {
  readonly observers: readonly RunObserver[];
  /** Into its log. @returns where it is, and how the run goes on, as sentences; undefined when the log refuses */
  readonly keepDefect: (error: unknown) => string | undefined;
}

function watchedRun(
  context: CommandContext,
  config: SearchConfig,
  files: RunFiles,
  hasPage: boolean,
): WatchedRun {
  const { stderr } = context.process;
  const isDetailed = config.logLevel === 'debug' || config.logLevel === 'trace';
  // A bar that is drawn again and again would overwrite the questions to the rater.
  const progress = isDetailed
    ? undefined
    : isTerminal(stderr) && !ratesInTerminal(config, { hasPage })
      ? createProgressBar(stderr)
      : createProgressLines((line) => void stderr.write(line));
  const log = openLog(context, {
    file: files.log,
    level: config.logLevel,
    onTrouble: (message) => progress?.onNotice?.({ level: 'warn', message }),
    ...(isDetailed ? { pretty: stderr } : {}),
  });
  const kept = new Set<unknown>();
  const keep = (error: unknown): void => {
    if (kept.has(error)) return;
    if (log === undefined) throw new Error('there is no log');
    log.onDefect?.(error);
    kept.add(error);
  };
  return {
    observers: [
      ...(progress === undefined ? [] : [progress]),
      ...eventObservers(config, files, (message) => {
        for (const observer of [progress, log]) observer?.onNotice?.({ level: 'warn', message });
      }),
      ...(log === undefined ? [] : [{ ...log, onDefect: keep }]),
    ],
    keepDefect(error) {
      try {
        keep(error);
      } catch {
        return undefined;
      }
      return `Please report it with the lines at the end of ${files.log}. The results so far are in the journal: autombw resume "${files.journal}" continues the run.`;
    },
  };
}

/** Nobody is told anything unless asked for. */
function eventObservers(
  { onEvent = [], events, output }: SearchConfig,
  { journal }: RunFiles,
  onTrouble: (sentence: string) => void,
): readonly RunObserver[] {
  const wanted = eventsIn(events);
  if (onEvent.length === 0 || wanted === undefined) return [];
  const run = { run: output, journal: path.resolve(journal) };
  return [createEventObserver({ targets: onEvent, events: wanted, ...run, onTrouble })];
}

/** A log that cannot be opened ends no run. */
function openLog(context: CommandContext, options: LogOptions): RunObserver | undefined {
  try {
    return createLog(options);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    context.note(
      `! The log ${options.file} cannot be written (${error.message}); the run continues without it.`,
    );
    return undefined;
  }
}

function isTerminal(
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean },
): stream is NodeJS.WriteStream {
  return stream.isTTY === true;
}
