/** Commands about payloads: look at them, convert them, make the first one. */
import { Option } from 'commander';
import type { ConvertOptions } from '../commands/payload/convert.ts';
import type { ShowOptions } from '../commands/payload/show.ts';
import { parseInteger, parseNumber } from '../parsers.ts';
import type { CommandGroup } from './group.ts';

const FILES = 'Payload files (.json, .toml, .yaml, .yml, .msgpack, .mpk), folders of them, or globs';

export const addPayloadCommands: CommandGroup = (program, context, finish) => {
  const payload = program.command('payload').description('Look at payload files, or convert them');
  payload
    .command('check')
    .description('What is wrong or odd in payload files, in all of them')
    .argument('<file...>', FILES)
    .option('--json', 'Print it as JSON')
    .action(async (files: string[], options: { json?: boolean }) => {
      const { payloadCheckCommand } = await import('../commands/payload/check.ts');
      finish(await payloadCheckCommand(context, files, options));
    });
  payload
    .command('convert')
    .description('Write a payload in another format, with the same keys in the same order')
    .argument('<file>', 'Payload file')
    .addOption(
      new Option('--to <format>', 'The format; that of --output when left out').choices([
        'json',
        'toml',
        'yaml',
        'msgpack',
      ]),
    )
    .option('--output <file>', 'The new file; beside the old one when left out')
    .option('--force', 'Replace an existing output')
    .option('--json', 'Print the result as JSON')
    .action(async (file: string, options: ConvertOptions) => {
      const { payloadConvertCommand } = await import('../commands/payload/convert.ts');
      finish(await payloadConvertCommand(context, file, options));
    });
  payload
    .command('show')
    .description('The requests of one iteration as they are sent, the pictures and the time')
    .argument('<file...>', FILES)
    .option('--seed <n>', 'Seed of the search, for payloads with seed -1', parseInteger, 1)
    .option('--seconds <x>', 'Seconds that one picture takes, as you measured it', parseNumber)
    .option('--run <run>', 'Take the time from a run: its journal, CSV or name of the merged model')
    .option('--json', 'Print the array of txt2img requests')
    .action(async (files: string[], options: ShowOptions) => {
      const { payloadShowCommand } = await import('../commands/payload/show.ts');
      finish(await payloadShowCommand(context, files, options));
    });
};
