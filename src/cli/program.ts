/** The command tree: its groups stand in program/. */
import { Command } from 'commander';
import { ownVersion } from '../shared/own-version.ts';
import { printable } from '../shared/printable.ts';
import type { CommandContext } from './cli-process.ts';
import { addAlgorithmCommands } from './program/algorithms.ts';
import { complainInOurWords } from './program/complaints.ts';
import { addControlCommands } from './program/control.ts';
import { addFileCommands } from './program/files.ts';
import { HELP_COMMAND } from './program/group.ts';
import { addPayloadCommands } from './program/payloads.ts';
import { addRecordCommands } from './program/records.ts';
import { addRunCommands } from './program/runs.ts';
import { describeArgument, describeOption } from './program/option-words.ts';
import { addServerCommands } from './program/servers.ts';

/**
 * @param finish receives the exit code of the command that ran
 */
export function createProgram(context: CommandContext, finish: (code: number) => void): Command {
  const { stdout, stderr } = context.process;
  const program = new Command('autombw')
    .description('Find the best block weights for merging diffusion models on a running WebUI')
    .version(ownVersion(), '-V, --version', 'Show the version')
    .helpOption('-h, --help', 'Show this help')
    .configureOutput({
      writeOut: (text) => void stdout.write(printable(text)),
      writeErr: (text) => void stderr.write(printable(text)),
      getOutHelpWidth: () => stdout.columns || 80,
    })
    .configureHelp({
      showGlobalOptions: false,
      minWidthToWrap: 20,
      optionDescription: describeOption,
      argumentDescription: describeArgument,
      // Almost every command has options; the list is easier to read without saying so.
      subcommandTerm: (command) =>
        `${command.name()} ${command.usage().replace('[options]', '').trim()}`.trim(),
    });

  const groups = [
    ['Runs:', addRunCommands],
    ['Control a running search:', addControlCommands],
    ['Setup and payloads:', addPayloadCommands],
    ['WebUIs:', addServerCommands],
    ['Checkpoints:', addFileCommands],
    ['Weights and past runs:', addRecordCommands],
    ['Algorithms and scorers:', addAlgorithmCommands],
  ] as const;
  for (const [heading, add] of groups) {
    program.commandsGroup(heading);
    add(program, context, finish);
  }
  program.commandsGroup('Help:').helpCommand(...HELP_COMMAND);
  complainInOurWords(program);
  return program;
}
