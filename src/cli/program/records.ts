/** Commands about what is on record: weights in the formats of the field, presets, past runs. */
import { MECHA_FAMILIES } from '../../weights/mecha/families.ts';
import { Option } from 'commander';
import type { CompareOptions } from '../commands/records/compare/index.ts';
import type { ConvertOptions } from '../commands/records/convert.ts';
import { RUN_STATES } from '../commands/records/history/entry.ts';
import type { HistoryOptions } from '../commands/records/history/index.ts';
import type { VerifyOptions } from '../commands/records/verify.ts';
import { parseCount, parseDay, parseTolerance } from '../parsers.ts';
import type { CommandGroup } from './group.ts';

export const addRecordCommands: CommandGroup = (program, context, finish) => {
  program
    .command('convert')
    .description('Convert weights from any file, list, preset or run into another format')
    .argument(
      '<source>',
      'Recipe (also .mecha), checkpoint, history (best row, or FILE#12), run (RUN#12), preset:NAME, or numbers; prefix recipe:, legacy:, search:, preset: or mbw: sets their order',
    )
    .addOption(
      new Option('--to <format>', 'Output format')
        .choices([
          'recipe',
          'csv',
          'preset',
          'list',
          'metadata',
          'bayesian-merger',
          'mbw',
          'mecha',
          'json',
          'journal',
        ])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--order <order>',
        'Order of the list (default: search); for a recipe, recipe or legacy',
      ).choices(['search', 'recipe', 'legacy']),
    )
    .option('--output <file>', 'File to write (default: print it)')
    .addOption(
      new Option('--architecture <name>', 'Model family, for mecha, if the source does not say').choices([
        ...MECHA_FAMILIES,
      ]),
    )
    .option('--name <name>', 'Name of the preset')
    .option('--model-a <name>', 'Model A, if the source does not name it')
    .option('--model-b <name>', 'Model B')
    .option('--model-o <name>', 'The merged model')
    .option('--presets <file>', 'Your own preset file; repeatable', collect)
    .option('--folder <path>', 'Folder whose csv/history holds the runs', '.')
    .option('--all', 'Convert every row of a history or run (csv and journal)')
    .option('--force', 'Replace an existing output')
    .option('--json', 'Print the result as JSON')
    .action(async (source: string, options: ConvertOptions) => {
      const { convertCommand } = await import('../commands/records/convert.ts');
      finish(await convertCommand(context, source, options));
    });

  program
    .command('presets')
    .description('Show presets as small bar charts, built-in ones and your own')
    .argument('[preset...]', 'Preset files, and names of presets to show (default: all)')
    .option('--json', 'Print the weights as JSON')
    .action(async (given: string[], options: { json?: boolean }) => {
      const { presetsCommand } = await import('../commands/records/presets.ts');
      finish(await presetsCommand(context, given, options));
    });

  program
    .command('verify')
    .description('Re-derive a run from its seed, check its images and files, and report differences')
    .argument('<run>', 'Journal, CSV or name of the merged model; for a chain, checks each search')
    .option('--scores', "Score the kept images again with the run's scorers")
    .option('--tolerance <share>', 'Allowed relative difference of such a score', parseTolerance, 1e-4)
    .option('--trust', 'Trust the run: its scorers may start programs and contact addresses that it names')
    .option('--models-dir <path>', 'Checkpoint folder on this machine, to compare hashes')
    .option('--folder <path>', 'Folder whose csv/history holds the runs', '.')
    .option('--json', 'Print the result as JSON')
    .action(async (run: string, options: VerifyOptions) => {
      const { verifyCommand } = await import('../commands/records/verify.ts');
      finish(await verifyCommand(context, run, options));
    });

  program
    .command('history')
    .description('List past runs, newest first: best score, iterations, time, scorer, outcome')
    .argument('[folder]', 'Folder the runs were written to, or a journal or CSV', '.')
    .option('--model <text>', 'Only runs with this text in the name of model A, model B or the merged model')
    .addOption(new Option('--state <state>', 'Only runs in this state').choices(RUN_STATES))
    .option('--scorer <text>', 'Only runs with this text in the name of a scorer')
    .option('--since <date>', 'Only runs started on this day or later, YYYY-MM-DD', parseDay)
    .option('--limit <n>', 'Maximum number of runs', parseCount)
    .option('--json', 'Print the list as JSON')
    .action(async (folder: string, options: HistoryOptions) => {
      const { historyCommand } = await import('../commands/records/history/index.ts');
      finish(await historyCommand(context, folder, options));
    });

  program
    .command('compare')
    .description('Compare two runs: differing weights, and scores per payload')
    .argument('<run>', 'Journal, CSV or name of the merged model')
    .argument('<other>', 'Run to compare with; differences are second minus first')
    .option('--folder <path>', 'Folder whose csv/history holds the runs', '.')
    .option('--json', 'Print the differences as JSON')
    .action(async (run: string, other: string, options: CompareOptions) => {
      const { compareCommand } = await import('../commands/records/compare/index.ts');
      finish(await compareCommand(context, [run, other], options));
    });
};

function collect(item: string, before: readonly string[] = []): string[] {
  return [...before, item];
}
