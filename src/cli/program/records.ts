/** Commands about what is on record: weights in the formats of the field, presets, past runs. */
import { Option } from 'commander';
import type { ConvertOptions } from '../commands/convert.ts';
import type { CommandGroup } from './group.ts';

export const addRecordCommands: CommandGroup = (program, context, finish) => {
  program
    .command('convert')
    .description('Weights from any file, list, preset or run into another format')
    .argument(
      '<source>',
      'Recipe, checkpoint, history (best row, or FILE#12), run (RUN#12), preset:NAME, or numbers; recipe:, legacy:, search:, preset: or mbw: in front tells their order',
    )
    .addOption(
      new Option('--to <format>', 'What to write')
        .choices(['recipe', 'csv', 'preset', 'list', 'metadata', 'bayesian-merger', 'mbw', 'json', 'journal'])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--order <order>',
        'Order of the list, search unless told; legacy also for a recipe',
      ).choices(['search', 'recipe', 'legacy']),
    )
    .option('--output <file>', 'Where to; printed when left out')
    .option('--name <name>', 'Name of the preset')
    .option('--model-a <name>', 'Model A, for a recipe whose source does not name it')
    .option('--model-b <name>', 'Model B')
    .option('--model-o <name>', 'The merged model')
    .option('--presets <file>', 'Preset file of your own; repeat for more', collect)
    .option('--folder <path>', 'Where runs lie, in csv/history', '.')
    .option('--all', 'Every row, of a history or run into csv')
    .option('--force', 'Replace an existing output')
    .action(async (source: string, options: ConvertOptions) => {
      const { convertCommand } = await import('../commands/convert.ts');
      finish(await convertCommand(context, source, options));
    });

  program
    .command('presets')
    .description('Draw presets as small bars: those that the field knows, and files of your own')
    .argument('[preset...]', 'Preset files, and names of those to show; all when left out')
    .option('--json', 'Print the weights as JSON')
    .action(async (given: string[], options: { json?: boolean }) => {
      const { presetsCommand } = await import('../commands/presets.ts');
      finish(await presetsCommand(context, given, options));
    });
};

function collect(item: string, before: readonly string[] = []): string[] {
  return [...before, item];
}
