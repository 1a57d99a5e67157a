/** Commands about search algorithms, merge methods and scorers. */
import { Option, type Command } from 'commander';
import type { ScoreOptions } from '../commands/algorithms/score.ts';
import type { SimulateSearchOptions } from '../commands/algorithms/simulate-search.ts';
import { parseCount, parseInteger, parseSetting, type Setting } from '../parsers.ts';
import { addSomeSearchOptions, givenOptions, JUDGING_KEYS } from '../search-options.ts';
import { HELP_COMMAND, type CommandGroup } from './group.ts';

export const addAlgorithmCommands: CommandGroup = (program, context, finish) => {
  program
    .command('optimizers')
    .description('List the search algorithms with their parameters, defaults and sources')
    .option('--json', 'Print the list as JSON')
    .action(async (options: { json?: boolean }) => {
      const { optimizersCommand } = await import('../commands/algorithms/optimizers.ts');
      finish(optimizersCommand(context, options));
    });

  program
    .command('methods')
    .description('List the merge methods of autombw merge: formula, models, parameters with ranges, sources')
    .option('--json', 'Print the list as JSON')
    .action(async (options: { json?: boolean }) => {
      const { methodsCommand } = await import('../commands/algorithms/methods.ts');
      finish(methodsCommand(context, options));
    });

  program
    .command('scorers')
    .description('List the scorers: what each needs, its range, licence and settings')
    .option('--json', 'Print the list as JSON')
    .action(async (options: { json?: boolean }) => {
      const { scorersCommand } = await import('../commands/algorithms/scorers.ts');
      finish(scorersCommand(context, options));
    });

  const models = program
    .command('models')
    .description('Manage model files for neural-network scorers')
    .helpCommand(...HELP_COMMAND);
  models
    .command('path')
    .description('Print the folder for these files (to use another one, set AUTOMBW_MODELS)')
    .option('--json', 'Print the folder as JSON')
    .action(async (options: { json?: boolean }) => {
      const { modelsPathCommand } = await import('../commands/algorithms/models.ts');
      finish(modelsPathCommand(context, options));
    });
  models
    .command('check')
    .description('Check whether the files that scorers need exist and are the right ones')
    .argument('[ids...]', 'Scorers, or your own manifests (.json); default: all known scorers')
    .option('--json', 'Print the result as JSON')
    .action(async (ids: string[], options: { json?: boolean }) => {
      const { modelsCheckCommand } = await import('../commands/algorithms/models.ts');
      finish(await modelsCheckCommand(context, ids, options));
    });

  const score = program.command('score');
  if (context.process.argv.includes('score')) addSomeSearchOptions(score, JUDGING_KEYS);
  score
    .description('Score any images')
    .argument('<image...>', 'PNG, JPEG or WebP files, folders (including subfolders) or globs')
    .option('--prompt <text>', 'Prompt of the images (default: read from the files)')
    .option('--negative-prompt <text>', 'Negative prompt (default: read from the files)')
    .addOption(
      new Option('--format <format>', 'Output format').choices(['table', 'csv', 'json']).default('table'),
    )
    .option('--json', 'Print the result as JSON, as --format json does')
    .option('--wait-for-server', 'Wait while another autombw run uses the WebUI of webui-tags')
    .action(async (images: string[], options: ScoreOptions, command: Command) => {
      const { scoreCommand } = await import('../commands/algorithms/score.ts');
      finish(await scoreCommand(context, images, givenOptions(command), options));
    });

  program
    .command('simulate-search')
    .description('Try a search algorithm on a landscape made from a real history, without a WebUI')
    .option('--landscape <file>', 'Landscape as JSON (default: the built-in one)')
    .option('--optimizer <name>', 'Search algorithm', 'bayesian')
    .option('--optimizer-options <key=value>', 'Parameter of the algorithm; repeatable', collectSetting, {})
    .addOption(
      new Option('--optimizer-semantics <how>', 'compat reproduces the bugs of the Python tool')
        .choices(['fixed', 'compat'])
        .default('fixed'),
    )
    .option('--iterations <n>', 'Evaluations', parseCount, 100)
    .option('--intervals <n>', 'Steps between 0 and 1; 0 = continuous', parseInteger, 10)
    .option('--seed <n>', 'Seed of the algorithm', parseInteger, 1)
    .option('--json', 'Print every evaluation as JSON')
    .action(async (options: SimulateSearchOptions) => {
      const { simulateSearchCommand } = await import('../commands/algorithms/simulate-search.ts');
      finish(await simulateSearchCommand(context, options));
    });
};

function collectSetting(
  item: string,
  before: Readonly<Record<string, Setting>>,
): Readonly<Record<string, Setting>> {
  const [key, value] = parseSetting(item);
  return { ...before, [key]: value };
}
