/** The log file of a run: JSON lines by pino, each record of the journal among them, so that `recover` finds everything. */
import { pino, type Level, type Logger } from 'pino';
import { messageOf } from '../shared/errors.ts';
import { LogFile } from './log-file.ts';
import type { RunObserver } from './observer.ts';
import { pinoPretty, type PrettyTarget } from './pretty.ts';

export interface LogOptions {
  readonly file: string;
  readonly level: Level;
  /** A terminal for readable lines as well; none when a progress bar has it. */
  readonly pretty?: PrettyTarget;
  /** Told when the file was removed or replaced meanwhile. */
  readonly onTrouble?: (message: string) => void;
}

/** @throws an error with `errno` when the file cannot be opened */
export function createLog({ file, level, pretty, onTrouble = () => {} }: LogOptions): RunObserver {
  const destination = new LogFile(file, onTrouble);
  const streams = [
    { level, stream: destination },
    ...(pretty === undefined ? [] : [{ level, stream: pinoPretty(pretty) }]),
  ];
  const logger: Logger = pino(
    {
      level,
      // No pid and host name: a log is passed on to others.
      base: null,
      // Records have a `time` of their own.
      timestamp: () => `,"at":"${new Date().toISOString()}"`,
    },
    pino.multistream(streams),
  );
  return {
    name: 'log file',
    onBegin: ({ progress: _, ...facts }) => logger.info(facts, 'run begins'),
    onRecord: (record) => logger.info(record, describe(record)),
    onAsked: ({ id }, lane) => logger.debug({ trial: id, lane }, 'iteration begins'),
    onProgress: (progress) => logger.trace(progress, 'progress'),
    onNotice: ({ level, message }) => logger[level](message),
    onDefect: (error) => logger.fatal({ stack: stackOf(error) }, `defect: ${messageOf(error)}`),
    onEnd({ reason }) {
      logger.info({ reason }, 'run ends');
      destination.close();
    },
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function describe(record: Readonly<Record<string, unknown>>): string {
  switch (record['kind']) {
    case 'scored':
      return `iteration ${String(record['trial'])}: score ${String(record['score'])}`;
    case 'failed':
      return `iteration ${String(record['trial'])}: failed`;
    case 'verdict':
      return Array.isArray(record['words']) ? record['words'].join(' ') : 'verdict';
    case 'saved':
      return `merged checkpoint written: ${String(record['checkpoint'])}`;
    default:
      return String(record['kind']);
  }
}
