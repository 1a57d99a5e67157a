import pretty from 'pino-pretty';

/** Log lines for people; only loaded with the log, never for `--help`. */
export function pinoPretty(destination: NodeJS.WritableStream): NodeJS.WritableStream {
  return pretty.build({
    destination,
    sync: true,
    timestampKey: 'at',
    colorize: 'isTTY' in destination && destination.isTTY === true,
  });
}
