/** The command tree. An action is one call into commands/, loaded when it is used: `--help` loads nothing else. */
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { RESUME_KEYS } from '../config/resume-keys.ts';
import type { CommandContext } from './cli-process.ts';
import type { DoctorOptions } from './commands/doctor.ts';
import type { MergeOptions } from './commands/merge.ts';
import type { RecoverOptions } from './commands/recover.ts';
import type { SimulateSearchOptions } from './commands/simulate-search.ts';
import type { SimulateOptions } from './commands/simulate.ts';
import { parseInteger, parseNumber, parseSetting, type Setting } from './parsers.ts';
import { addSearchOptions, givenOptions } from './search-options.ts';

/**
 * @param finish receives the exit code of the command that ran
 */
export function createProgram(context: CommandContext, finish: (code: number) => void): Command {
  const { stdout, stderr, argv } = context.process;
  /** Some forty options: made for the command that is meant, not for every `--help`. */
  const withSearchOptions = (command: Command, shown?: readonly string[]): Command =>
    argv.includes(command.name()) ? addSearchOptions(command, shown) : command;
  const program = new Command('autombw')
    .description(
      'Finds the best block weights for merging two Stable Diffusion checkpoints over a running WebUI.',
    )
    .version(version())
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, write) => write(asOurs(text)),
      getOutHelpWidth: () => stdout.columns ?? 100,
    })
    .configureHelp({ showGlobalOptions: false })
    .exitOverride();

  withSearchOptions(program.command('search'))
    .description('Search the best block weights over a running WebUI')
    .option('--config <file>', 'Options from a JSON file (autombw schema prints its schema); flags beat it')
    .option('--dry-run', 'Print the whole plan and touch nothing')
    .option('--json', 'Print the result as JSON')
    .action(async (options: { config?: string; dryRun?: boolean; json?: boolean }, command: Command) => {
      const { searchCommand } = await import('./commands/search.ts');
      finish(await searchCommand(context, givenOptions(command), options));
    });

  withSearchOptions(program.command('resume'), [...RESUME_KEYS, 'folder'])
    .description('Go on with a run that was stopped, as if it never had been')
    .argument('<run>', 'Journal, CSV or name of the merged model; or a journal written by recover')
    .option('--config <file>', 'Options from a JSON file, for a recovered journal')
    .option('--json', 'Print the result as JSON')
    .action(async (run: string, options: { config?: string; json?: boolean }, command: Command) => {
      const { resumeCommand } = await import('./commands/resume.ts');
      finish(await resumeCommand(context, run, givenOptions(command), options));
    });

  program
    .command('recover')
    .description(
      'Read every weight vector and score out of a log, recipe or journal, whatever state it is in',
    )
    .requiredOption(
      '--log <file>',
      'Log of the Python tool, recipe with a log below it, or our own log or journal',
    )
    .addOption(
      new Option('--order <order>', 'Order in which the best weights are printed')
        .choices(['recipe', 'search', 'legacy'])
        .default('recipe'),
    )
    .addOption(
      new Option('--recipe-order <order>', 'Order of the list in a recipe file')
        .choices(['recipe', 'legacy'])
        .default('recipe'),
    )
    .option('--folder <path>', 'Where csv/ and recipes/ are written', '.')
    .option('--print-only', 'Write no files')
    .option('--json', 'Print the result as JSON')
    .action(async (options: RecoverOptions) => {
      const { recoverCommand } = await import('./commands/recover.ts');
      finish(await recoverCommand(context, options));
    });

  program
    .command('plot')
    .description('Draw histories: score and best so far, weights of the best, distribution')
    .argument('<history...>', 'History CSV files or journals; globs are expanded')
    .option('--output <file>', 'x.svg, x.png or x.html; drawn in the terminal when left out')
    .addOption(
      new Option('--view <view>', 'Scores, losses or both')
        .choices(['reward', 'loss', 'both'])
        .default('both'),
    )
    .option('--title <text>', 'Title of the figure')
    .option('--json', 'Print what was drawn as JSON')
    .action(
      async (
        histories: string[],
        options: { output?: string; view: 'reward' | 'loss' | 'both'; title?: string; json?: boolean },
      ) => {
        const { plotCommand } = await import('./commands/plot.ts');
        finish(await plotCommand(context, histories, options));
      },
    );

  program
    .command('simulate')
    .description('Serve a simulated WebUI for trying things out')
    .option('--port <n>', 'Port to listen on; 0 = any free one', parsePort, 7861)
    .option('--models <names>', 'Names of its checkpoints, comma-separated', 'modelA,modelB,modelC')
    .option('--latency <ms>', 'Milliseconds that a picture takes', parseNumber, 0)
    .option('--webui-auth <user:password>', 'Ask for a login as --api-auth does')
    .addOption(
      new Option('--family <name>', 'Which server it is')
        .choices(['a1111', 'forge', 'comfyui'])
        .default('a1111'),
    )
    .addOption(
      new Option('--architecture <name>', 'UNet of its models')
        .choices(['sd1', 'sd2', 'sdxl'])
        .default('sd1'),
    )
    .option(
      '--extensions <names>',
      'Merge extensions, comma-separated: runtime-block-merge, model-mixer, bayesian-merger, lora-block-weight; none',
      'runtime-block-merge',
    )
    .option(
      '--models-dir <path>',
      'A real folder for its checkpoints; small ones are made where it lacks them',
    )
    .option('--no-api', 'As a WebUI that was started without --api')
    .option('--fault <name[@n]>', 'Something that goes wrong, e.g. oom@3; repeat for more', collect, [])
    .action(async (options: SimulateOptions) => {
      const { simulateCommand } = await import('./commands/simulate.ts');
      finish(await simulateCommand(context, options));
    });

  program
    .command('demo')
    .description('A whole search against a simulated WebUI, with its files under autombw-demo/')
    .option('--json', 'Print the result as JSON')
    .action(async (options: { json?: boolean }) => {
      const { demoCommand } = await import('./commands/demo.ts');
      finish(await demoCommand(context, options));
    });

  program
    .command('optimizers')
    .description('List the search algorithms with their parameters, defaults and sources')
    .option('--json', 'Print the list as JSON')
    .action(async (options: { json?: boolean }) => {
      const { optimizersCommand } = await import('./commands/optimizers.ts');
      finish(optimizersCommand(context, options));
    });

  program
    .command('simulate-search')
    .description('Try a search algorithm on a landscape made from a real history, without a WebUI')
    .option('--landscape <file>', 'Landscape as JSON; the built-in one when left out')
    .option('--optimizer <name>', 'Search algorithm', 'bayesian')
    .option(
      '--optimizer-options <key=value>',
      'Parameter of the algorithm; repeat for more',
      collectSetting,
      {},
    )
    .addOption(
      new Option('--optimizer-semantics <how>', 'compat repeats the defects of the Python tool')
        .choices(['fixed', 'compat'])
        .default('fixed'),
    )
    .option('--iterations <n>', 'Evaluations', parseCount, 100)
    .option('--intervals <n>', 'Steps between 0 and 1; 0 = continuous', parseInteger, 10)
    .option('--seed <n>', 'Seed of the algorithm', parseInteger, 1)
    .option('--json', 'Print every evaluation as JSON')
    .action(async (options: SimulateSearchOptions) => {
      const { simulateSearchCommand } = await import('./commands/simulate-search.ts');
      finish(await simulateSearchCommand(context, options));
    });

  program
    .command('doctor')
    .description('What is reachable and ready, and how to mend what is not')
    .option('--port <n>', 'Port of a WebUI on this machine', parsePort)
    .option('--webui <url>', 'Address of the WebUI')
    .addOption(new Option('--webui-auth <user:password>', 'Login of --api-auth').env('AUTOMBW_WEBUI_AUTH'))
    .addOption(
      new Option('--gradio-auth <user:password>', 'Login of --gradio-auth').env('AUTOMBW_GRADIO_AUTH'),
    )
    .option('--models-dir <path>', 'Checkpoint folder of the WebUI as a path of this machine')
    .option('--folder <path>', 'Where csv/ and recipes/ would be written', '.')
    .option('--json', 'Print the result as JSON')
    .action(async (options: DoctorOptions) => {
      const { doctorCommand } = await import('./commands/doctor.ts');
      finish(await doctorCommand(context, options));
    });

  program
    .command('merge')
    .description('Write a merged checkpoint, without Python and without a WebUI')
    .option('--recipe <file>', 'Weights from a recipe, or from a checkpoint that holds one')
    .option('--weights <list>', '27 weights, separated by commas; with --order')
    .addOption(
      new Option('--order <order>', 'Order of the list, or of a recipe file (recipe unless told)').choices([
        'search',
        'recipe',
        'legacy',
      ]),
    )
    .option('--run <run>', 'Weights that a run recommends: its journal, CSV or name of the merged model')
    .option('--iteration <n>', 'Those of one of its iterations', parseInteger)
    .option('--model-a <file>', 'Checkpoint A; what a recipe or run names is taken where it lies there')
    .option('--model-b <file>', 'Checkpoint B')
    .option('--model-c <file>', 'Checkpoint C, for add-difference')
    .requiredOption('--output <file>', 'The new checkpoint, ending in .safetensors')
    .addOption(
      new Option(
        '--method <name>',
        'weighted-sum A + w (B - A) unless told; add-difference A + w (B - C); slerp',
      ).choices(['weighted-sum', 'add-difference', 'slerp']),
    )
    .addOption(
      new Option('--dtype <type>', "Type of the floats; keep = model A's, unless told").choices([
        'keep',
        'fp16',
        'bf16',
        'fp32',
      ]),
    )
    .addOption(
      new Option('--position-ids <how>', 'keep unless told, or fix: 0 to 76 as whole numbers').choices([
        'keep',
        'fix',
      ]),
    )
    .option('--prune-ema', 'Leave the EMA copy of the weights out')
    .option('--vae <file>', "A VAE in place of model A's")
    .option('--no-hashes', 'Do not note the SHA-256 of the models in the recipe: quicker')
    .option('--force', 'Replace an existing output')
    .option('--dry-run', 'Say what would be merged and touch nothing')
    .option('--json', 'Print the result as JSON')
    .action(async (options: MergeOptions) => {
      const { mergeCommand } = await import('./commands/merge.ts');
      finish(await mergeCommand(context, options));
    });

  program
    .command('inspect')
    .description('What a safetensors file is and holds: architecture, types, blocks, recipe, hashes')
    .argument('<file>', 'Checkpoint')
    .option('--json', 'Print it as JSON')
    .action(async (file: string, options: { json?: boolean }) => {
      const { inspectCommand } = await import('./commands/inspect.ts');
      finish(await inspectCommand(context, file, options));
    });

  const models = program.command('models').description('The files of scorers that are networks');
  models
    .command('path')
    .description('Print the folder that they belong in; AUTOMBW_MODELS names another one')
    .action(async () => {
      const { modelsPathCommand } = await import('./commands/models.ts');
      finish(modelsPathCommand(context));
    });
  models
    .command('check')
    .description('Which files the scorers need, whether they are there, and whether they are the right ones')
    .argument('[ids...]', 'Scorers, or manifests of your own (.json); all that autombw knows when left out')
    .option('--json', 'Print it as JSON')
    .action(async (ids: string[], options: { json?: boolean }) => {
      const { modelsCheckCommand } = await import('./commands/models.ts');
      finish(await modelsCheckCommand(context, ids, options));
    });

  program
    .command('schema')
    .description('Print the JSON Schema of the config file')
    .action(async () => {
      const { schemaCommand } = await import('./commands/schema.ts');
      finish(schemaCommand(context));
    });

  return program;
}

function parsePort(text: string): number {
  const port = parseInteger(text);
  if (port < 0 || port > 65_535) throw new InvalidArgumentError('It must be from 0 to 65535.');
  return port;
}

function parseCount(text: string): number {
  const count = parseInteger(text);
  if (count < 1) throw new InvalidArgumentError('It must be at least 1.');
  return count;
}

function collectSetting(
  item: string,
  before: Readonly<Record<string, Setting>>,
): Readonly<Record<string, Setting>> {
  const [key, value] = parseSetting(item);
  return { ...before, [key]: value };
}

function collect(item: string, before: readonly string[]): string[] {
  return [...before, item];
}

/** What commander complains about, on one line and in the form of every other message. */
function asOurs(text: string): string {
  const sentence = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ');
  return `autombw: ${/[.?)]$/.test(sentence) ? sentence : `${sentence}; autombw --help shows what there is.`}\n`;
}

function version(): string {
  const file: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof file === 'object' && file !== null && 'version' in file ? String(file.version) : 'unknown';
}
