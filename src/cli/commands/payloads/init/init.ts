/** The first payload and the configuration of a search, out of questions or flags. */
import path from 'node:path';
import { webuiUrl } from '../../../../config/load.ts';
import { onAbort } from '../../../../shared/abort/on-abort.ts';
import { refuseExisting, takenMessage } from '../../../../shared/files/refuse-existing.ts';
import type { FormatName } from '../../../../payload/formats/index.ts';
import { listenForInterrupt } from '../../../../run/interrupt.ts';
import { EXIT, type CommandContext } from '../../../cli-process.ts';
import type { ServerOptions } from '../../../server-options.ts';
import { askAll, assertComplete } from './ask.ts';
import { Cancelled, terminalAsker, type Asker } from './asker.ts';
import { filesFor, writeFiles, type InitFiles } from './files.ts';
import { readServerLists, type ServerLists } from './server-lists.ts';

export interface InitOptions extends ServerOptions {
  readonly folder: string;
  readonly format: FormatName;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/**
 * @param flags answers given on the command line, by key of the question
 * @param asker who is asked; nobody where there is no terminal
 */
export async function initCommand(
  context: CommandContext,
  flags: Readonly<Record<string, unknown>>,
  options: InitOptions,
  asker: Asker | undefined = terminalAsker(),
): Promise<number> {
  const { folder, format, port, webui, modelsDir } = options;
  assertComplete({ flags, asker });
  const force = options.force === true;
  const interrupt = listenForInterrupt(context.process, () => {});
  // A question waits for keys and not for signals, and nothing has been written that could be half.
  const leave = (): void => context.process.exit(interrupt.exitCode() ?? EXIT.interrupted);
  const stopListening = onAbort(interrupt.signal, leave);
  try {
    const server = await lookAtServer(context, options, interrupt.signal);
    const answers = await askAll({
      flags,
      asker,
      yes: options.yes === true,
      server,
      checkName: (name) => (force ? undefined : takenMessage(Object.values(filesFor(name, folder, format)))),
      onWarning: (warning) => context.note(warning),
    });
    const files = filesFor(String(answers['name']), folder, format);
    refuseExisting([files.payload, files.config], force);
    await writeFiles(answers, files, {
      format,
      force,
      server: Object.fromEntries(
        Object.entries({ port, webui, modelsDir }).filter(([, value]) => value !== undefined),
      ),
    });
    report(context, files, options.json === true);
    return EXIT.ok;
  } catch (error) {
    if (error instanceof Cancelled) {
      context.note('Nothing was written.');
      return EXIT.interrupted;
    }
    if (interrupt.signal.aborted) return interrupt.exitCode() ?? EXIT.interrupted;
    throw error;
  } finally {
    stopListening();
    interrupt.dispose();
  }
}

async function lookAtServer(
  context: CommandContext,
  { port, webui, webuiAuth: auth, gradioAuth }: InitOptions,
  signal: AbortSignal,
): Promise<ServerLists | undefined> {
  const found = await readServerLists({ url: webuiUrl({ webui, port }), auth, gradioAuth }, signal);
  if (!('problem' in found)) return found;
  context.note(
    `! ${found.problem} Names of models, samplers and upscalers cannot be checked; type them exactly as the WebUI shows them.`,
  );
  return undefined;
}

function report(context: CommandContext, { payload, config }: InitFiles, json: boolean): void {
  const shown = /\s/.test(config) ? JSON.stringify(config) : config;
  const next = `autombw search --config ${shown}`;
  if (json) {
    context.printJson({ payload: path.normalize(payload), config: path.normalize(config), next });
    return;
  }
  context.print(
    [
      `Wrote ${payload} and ${config}`,
      'Next: check the plan, then start',
      `  ${next} --dry-run`,
      `  ${next}`,
    ].join('\n'),
  );
}
