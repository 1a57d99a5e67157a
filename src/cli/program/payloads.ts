/** Commands about payloads: look at them, convert them, make the first one. */
import { Option, type Command } from 'commander';
import type { InitOptions } from '../commands/payloads/init/init.ts';
import { flagOf } from '../../shared/option-flag.ts';
import { QUESTIONS, type Question } from '../commands/payloads/init/questions.ts';
import type { CheckOptions } from '../commands/payloads/check.ts';
import type { ConvertOptions } from '../commands/payloads/convert.ts';
import type { ShowOptions } from '../commands/payloads/show.ts';
import { parseInteger, parseNumber } from '../parsers.ts';
import { HELP_COMMAND, type CommandGroup } from './group.ts';
import { withServer } from './servers.ts';

const FILES = 'Payload files (.json, .toml, .yaml, .yml, .msgpack, .mpk), folders of them, or globs';

export const addPayloadCommands: CommandGroup = (program, context, finish) => {
  const payload = program
    .command('payload')
    .description('Check, show or convert payload files')
    .helpCommand(...HELP_COMMAND);
  payload
    .command('check')
    .description('Report errors and oddities in payload files')
    .argument('<file...>', FILES)
    .addOption(wildcards())
    .option('--json', 'Print the result as JSON')
    .action(async (files: string[], options: CheckOptions) => {
      const { payloadCheckCommand } = await import('../commands/payloads/check.ts');
      finish(await payloadCheckCommand(context, files, options));
    });
  payload
    .command('convert')
    .description('Write a payload in another format, with the same keys in the same order')
    .argument('<file>', 'Payload file')
    .addOption(
      new Option('--to <format>', 'Format (default: from the name of --output)').choices([
        'json',
        'toml',
        'yaml',
        'msgpack',
      ]),
    )
    .option('--output <file>', 'File to write (default: next to the old one)')
    .option('--force', 'Replace an existing output')
    .option('--json', 'Print the result as JSON')
    .action(async (file: string, options: ConvertOptions) => {
      const { payloadConvertCommand } = await import('../commands/payloads/convert.ts');
      finish(await payloadConvertCommand(context, file, options));
    });
  payload
    .command('show')
    .description(
      'Show the requests of one iteration as they are sent, the number of images and the estimated time',
    )
    .argument('<file...>', FILES)
    .option('--seed <n>', 'Seed of the search, for drawn prompts and payloads with seed -1', parseInteger, 1)
    .addOption(wildcards())
    .option('--seconds <x>', 'Seconds per image, if you have measured them', parseNumber)
    .option(
      '--run <run>',
      'Estimate the time from the pace of a run: its journal, CSV or name of the merged model',
    )
    .option('--json', 'Print the array of txt2img requests')
    .action(async (files: string[], options: ShowOptions) => {
      const { payloadShowCommand } = await import('../commands/payloads/show.ts');
      finish(await payloadShowCommand(context, files, options));
    });

  const init = withServer(program.command('init'));
  for (const question of QUESTIONS) if (question.place !== 'talk') init.addOption(optionOf(question));
  init
    .description('Create a first payload and search config, by questions or flags')
    .addOption(
      new Option('--format <format>', 'Format of the payload')
        .choices(['json', 'toml', 'yaml', 'msgpack'])
        .default('json'),
    )
    .option('--folder <path>', 'Where to write payloads/ and the config', '.')
    .option('--yes', 'Do not ask for anything that has a default')
    .option('--force', 'Replace existing files')
    .option('--json', 'Print what was written as JSON')
    .action(async (options: InitOptions, command: Command) => {
      const { initCommand } = await import('../commands/payloads/init/init.ts');
      finish(await initCommand(context, answersOf(command), options));
    });
};

function wildcards(): Option {
  return new Option('--wildcards <path>', 'Folder of wildcard files for templates in prompts');
}

/** The defaults are shown, and filled in where the questions are asked. */
function optionOf({ key, label, kind, standard, choices }: Question): Option {
  if (kind === 'yes-no') return new Option(flagOf(key), label.replace(/\?$/, '')).helpGroup('Answers:');
  const shown = standard === undefined || standard === '' ? '' : ` (default: ${standard})`;
  const value = kind === 'integer' ? 'n' : kind === 'number' ? 'x' : kind === 'choice' ? 'name' : 'text';
  const option = new Option(`${flagOf(key)} <${value}>`, `${label}${shown}`).helpGroup('Answers:');
  if (kind === 'integer') option.argParser(parseInteger);
  if (kind === 'number') option.argParser(parseNumber);
  if (choices !== undefined) option.choices([...choices]);
  return option;
}

function answersOf(command: Command): Record<string, unknown> {
  const given = QUESTIONS.map(({ key }) => [key, command.getOptionValue(key) as unknown] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
