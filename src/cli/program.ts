/** The command tree: its groups stand in program/. */
import { Command } from 'commander';
import { ownVersion } from '../shared/own-version.ts';
import { printable } from '../shared/printable.ts';
import type { CommandContext } from './cli-process.ts';
import { addAlgorithmCommands } from './program/algorithms.ts';
import { complainInOurWords } from './program/complaints.ts';
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
      getOutHelpWidth: () => stdout.columns ?? 100,
    })
    .configureHelp({ showGlobalOptions: false });

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
  complainInOurWords(program);
  return program;
}
