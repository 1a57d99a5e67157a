/** The log file of a run: JSON lines by pino, each record of the journal among them, so that `recover` finds everything. */
import fs from 'node:fs';
import path from 'node:path';
import { pino, type Level, type Logger } from 'pino';
import { pinoPretty } from './pretty.ts';
import type { RunObserver } from './observer.ts';

export interface LogOptions {
  readonly file: string;
  readonly level: Level;
  /** A terminal for readable lines as well; none when a progress bar has it. */
  readonly pretty?: NodeJS.WritableStream;
}

export function createLog({ file, level, pretty }: LogOptions): RunObserver {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const destination = pino.destination({ dest: file, append: true, sync: true });
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
    onBegin: ({ standing: _, ...facts }) => logger.info(facts, 'run begins'),
    onRecord: (record) => logger.info(record, describe(record)),
    onAsked: ({ id }, lane) => logger.debug({ trial: id, lane }, 'iteration begins'),
    onProgress: (progress) => logger.trace(progress, 'progress'),
    onNotice: ({ level, message }) => logger[level](message),
    onEnd({ reason }) {
      logger.info({ reason }, 'run ends');
      destination.flushSync();
      destination.end();
    },
  };
}

function describe(record: Readonly<Record<string, unknown>>): string {
  switch (record['kind']) {
    case 'scored':
      return `iteration ${String(record['trial'])}: score ${String(record['score'])}`;
    case 'failed':
      return `iteration ${String(record['trial'])}: failed`;
    default:
      return String(record['kind']);
  }
}
