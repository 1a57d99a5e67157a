/** What commander finds wrong with a command line, said as every other message: what it is, the value seen, what to do next. */
import type { Command, CommanderError } from 'commander';
import { afterColon } from '../../shared/after-colon.ts';
import { didYouMean } from '../../shared/nearest-name.ts';

/** A command about a run was given none: `commands/runs-here.ts` says which there are. */
export class MissingRun extends Error {
  /** Its name: `verify`. */
  readonly command: string;
  /** What is missing, in words. */
  readonly wanted: string;
  /** The first one was given. */
  readonly isSecond: boolean;
  readonly folder: string;
  /** It takes histories without a journal, too. */
  readonly takesCsv: boolean;

  constructor({ command, wanted, isSecond, folder, takesCsv }: Omit<MissingRun, keyof Error>) {
    super(`${command} needs ${wanted}.`);
    this.command = command;
    this.wanted = wanted;
    this.isSecond = isSecond;
    this.folder = folder;
    this.takesCsv = takesCsv;
  }
}

/** Arguments that name runs, and what is missing where they are. */
const RUNS: Readonly<Record<string, string>> = {
  run: 'a run',
  history: 'a run or history',
  other: 'a second run to compare with',
};
const TAKE_CSV: readonly string[] = ['plot', 'explain', 'compare'];

/** To be called when all commands are there: those that are made later keep commander's words. */
export function complainInOurWords(program: Command): void {
  for (const command of allOf(program)) {
    command.configureOutput({
      outputError(text, write) {
        if (missingRun(command, text) === undefined) write(`autombw: ${inOurWords(command, text)}\n`);
      },
    });
    command.exitOverride((error: CommanderError) => {
      throw missingRun(command, error.message) ?? error;
    });
  }
}

function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}

function missingRun(command: Command, text: string): MissingRun | undefined {
  const argument = MISSING_ARGUMENT.exec(text)?.[1] ?? '';
  const wanted = RUNS[argument];
  if (wanted === undefined) return undefined;
  const { folder } = command.opts<{ folder?: unknown }>();
  return new MissingRun({
    command: nameOf(command),
    wanted,
    isSecond: argument === 'other',
    folder: typeof folder === 'string' ? folder : '.',
    takesCsv: TAKE_CSV.includes(command.name()),
  });
}

/** `payload check`; empty for the program itself. */
function nameOf(command: Command): string {
  return command.parent === null ? '' : `${nameOf(command.parent)} ${command.name()}`.trim();
}

/** The flag without its short form and its value, the value that came, and what a parser of ours or commander wants. */
const INVALID = /^option '(?:-\w, )?(--[\w-]+)[^']*' argument '(.*)' is invalid\. (.*)$/s;

/** In the words of `describeIssues`. */
function demandOf(flag: string, value: string, demand: string): string {
  const [, choices] = /^Allowed choices are (.*)\.$/.exec(demand) ?? [];
  const got = `got "${value}".`;
  if (choices !== undefined)
    return `${flag} must be one of ${choices}; ${got}${didYouMean(value, choices.split(', '))}`;
  const [, must] = /^It (must .*)\.$/.exec(demand) ?? [];
  return must === undefined ? `${flag} ${value}: ${afterColon(demand)}` : `${flag} ${must}; ${got}`;
}

const MISSING_ARGUMENT = /missing required argument '([^']+)'/;

function inOurWords(command: Command, text: string): string {
  const sentence = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ');
  const name = nameOf(command);
  const rest = `autombw ${name} --help lists all options.`;
  const [, argument] = MISSING_ARGUMENT.exec(sentence) ?? [];
  const given = command.registeredArguments.find((one) => one.name() === argument);
  if (given !== undefined) return `${name} needs <${given.name()}> (${given.description}); ${rest}`;
  const [, flags] = /required option '(.*)' not specified/.exec(sentence) ?? [];
  const option = command.options.find((one) => one.flags === flags);
  if (option !== undefined) {
    const choices = option.argChoices === undefined ? '' : `: ${option.argChoices.join(', ')}`;
    return `${name} needs ${option.flags} (${option.description}${choices}); ${rest}`;
  }
  const [, flag, value = '', demand = ''] = INVALID.exec(sentence) ?? [];
  if (flag !== undefined) return demandOf(flag, value, demand);
  const [, bare, placeholder] =
    /^option '(?:-\w, )?(--[\w-]+)[^']*?(<[^']*>)' argument missing$/.exec(sentence) ?? [];
  if (bare !== undefined) return `${bare} needs a value, ${placeholder}; ${rest}`;
  const [, what, nearest] = /^(.*) \(Did you mean (.*)\?\)$/.exec(sentence) ?? [];
  if (what !== undefined) return `${what}. Did you mean "${nearest}"?`;
  return /[.?)]$/.test(sentence)
    ? sentence
    : `${sentence}; autombw ${name === '' ? '' : `${name} `}--help lists ${name === '' ? 'all commands' : 'the options'}.`;
}
