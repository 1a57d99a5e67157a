/** The command tree: its groups stand in program/. */
import { Command } from 'commander';
import { ownVersion } from '../shared/own-version.ts';
import { printable } from '../shared/printable.ts';
import type { CommandContext } from './cli-process.ts';
import { addAlgorithmCommands } from './program/algorithms.ts';
import { addControlCommands } from './program/control.ts';
import { addFileCommands } from './program/files.ts';
import { addPayloadCommands } from './program/payloads.ts';
import { addRecordCommands } from './program/records.ts';
import { addRunCommands } from './program/runs.ts';
import { addServerCommands } from './program/servers.ts';

/**
 * @param finish receives the exit code of the command that ran
 */
export function createProgram(context: CommandContext, finish: (code: number) => void): Command {
  const { stdout, stderr } = context.process;
  const program = new Command('autombw')
    .description('Finds the best block weights for merging diffusion models on a running WebUI.')
    .version(ownVersion())
    .configureOutput({
      writeOut: (text) => void stdout.write(printable(text)),
      writeErr: (text) => void stderr.write(printable(text)),
      outputError: (text, write) => write(asOurs(text)),
      getOutHelpWidth: () => stdout.columns || 100,
    })
    .configureHelp({ showGlobalOptions: false, minWidthToWrap: 20 })
    .exitOverride();

  const groups = [
    addRunCommands,
    addControlCommands,
    addPayloadCommands,
    addServerCommands,
    addFileCommands,
    addRecordCommands,
    addAlgorithmCommands,
  ];
  for (const add of groups) add(program, context, finish);
  return program;
}

/** What commander complains about, on one line and in the form of every other message. */
function asOurs(text: string): string {
  const sentence = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ');
  return `autombw: ${/[.?)]$/.test(sentence) ? sentence : `${sentence}; autombw --help shows what there is.`}\n`;
}
