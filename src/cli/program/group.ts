import type { Command } from 'commander';
import type { CommandContext } from '../cli-process.ts';

/** Adds some commands. An action is one call into commands/, loaded when it is used: `--help` loads nothing else. */
export type CommandGroup = (
  program: Command,
  context: CommandContext,
  /** Receives the exit code of the command that ran. */
  finish: (code: number) => void,
) => void;

/** Name and description of the command that shows help, which commander has in words of its own. */
export const HELP_COMMAND = ['help [command]', 'Show the help of a command'] as const;
