/** Commands about runs: begin, go on, read back, draw. */
import { RESUME_KEYS } from '../../config/resume-keys.ts';
import { Option, type Command } from 'commander';
import type { CalibrateOptions } from '../commands/runs/calibrate.ts';
import type { ExplainCommandOptions } from '../commands/runs/explain.ts';
import type { PickOptions } from '../commands/runs/pick.ts';
import type { ProveCommandOptions } from '../commands/runs/prove.ts';
import type { RecoverOptions } from '../commands/runs/recover.ts';
import type { ReportCommandOptions } from '../commands/runs/report.ts';
import type { RescoreOptions } from '../commands/runs/rescore.ts';
import type { ResumeCommandOptions } from '../commands/runs/resume.ts';
import type { SearchCommandOptions } from '../commands/runs/search.ts';
import type { SheetOptions } from '../commands/runs/sheet.ts';
import type { WatchOptions } from '../commands/runs/watch-page.ts';
import { parseCount, parseInteger, parsePort } from '../parsers.ts';
import { addSearchOptions, addSomeSearchOptions, givenOptions, JUDGING_KEYS } from '../search-options.ts';
import type { CommandGroup } from './group.ts';

const FORCE = 'Replace an existing file';
const WAIT = 'Wait while another autombw run uses the server, instead of exiting with an error';
const METRICS = 'Serve /health and /metrics (OpenMetrics) on this local port; 0 = any free port';
const PAGE = 'Show the run live in the browser, on this local port (default: 7866)';

export const addRunCommands: CommandGroup = (program, context, finish) => {
  const { argv } = context.process;
  /** Some forty options: made for the command that is meant, not for every `--help`. */
  const withSearchOptions = (command: Command, shown?: readonly string[]): Command =>
    argv.includes(command.name()) ? addSearchOptions(command, shown) : command;

  withSearchOptions(program.command('search'))
    .description('Search for the best block weights on a running WebUI')
    .option('--config <file>', 'Options from a JSON file (see autombw schema); flags take precedence')
    .option('--dry-run', 'Print the whole plan without doing anything')
    .option('--page [port]', PAGE, parsePort)
    .option('--metrics <port>', METRICS, parsePort)
    .option('--wait-for-server', WAIT)
    .option('--json', 'Print the result as JSON')
    .action(async (options: SearchCommandOptions, command: Command) => {
      const { searchCommand } = await import('../commands/runs/search.ts');
      finish(await searchCommand(context, givenOptions(command), options));
    });

  withSearchOptions(program.command('resume'), [...RESUME_KEYS, 'folder'])
    .description('Resume a stopped run')
    .argument('<run>', 'Journal, CSV or name of the merged model; or a journal written by recover')
    .option('--config <file>', 'Options from a JSON file, for a recovered journal')
    .option('--page [port]', PAGE, parsePort)
    .option('--metrics <port>', METRICS, parsePort)
    .option('--wait-for-server', WAIT)
    .option('--json', 'Print the result as JSON')
    .action(async (run: string, options: ResumeCommandOptions, command: Command) => {
      const { resumeCommand } = await import('../commands/runs/resume.ts');
      finish(await resumeCommand(context, run, givenOptions(command), options));
    });

  withSearchOptions(program.command('prove'), [...RESUME_KEYS, ...JUDGING_KEYS, 'folder'])
    .description('Test on fresh images whether the result of a run beats its models')
    .argument('<run>', 'Journal, CSV or name of the merged model')
    .option('--iteration <n>', 'Test this iteration instead of the recommended one', parseInteger)
    .option('--wait-for-server', WAIT)
    .option('--json', 'Print the result as JSON')
    .action(async (run: string, options: ProveCommandOptions, command: Command) => {
      const { proveCommand } = await import('../commands/runs/prove.ts');
      finish(await proveCommand(context, run, givenOptions(command), options));
    });

  const rescore = program.command('rescore');
  if (argv.includes('rescore'))
    addSomeSearchOptions(rescore, [...JUDGING_KEYS, 'scorerPayloads', 'tally', 'payloadWeight', 'folder']);
  rescore
    .description('Score the kept images of a run again with other scorers')
    .argument('<run>', 'Journal, CSV or name of the merged model')
    .option('--write <file>', 'Write a history CSV with the new scores')
    .option('--force', FORCE)
    .option('--trust', 'Trust the run: its scorers may start programs and contact addresses that it names')
    .option('--json', 'Print the result as JSON')
    .action(async (run: string, options: RescoreOptions, command: Command) => {
      const { rescoreCommand } = await import('../commands/runs/rescore.ts');
      finish(await rescoreCommand(context, run, givenOptions(command), options));
    });

  withSearchOptions(program.command('calibrate'))
    .description('Score plain models A and B on the payloads, for --score-map NAME=z-score')
    .requiredOption('--write <file>', 'File to write, ending in .json')
    .option('--force', FORCE)
    .option('--wait-for-server', WAIT)
    .option('--config <file>', 'Options from a JSON file; flags take precedence')
    .option('--json', 'Print the result as JSON')
    .action(async (options: CalibrateOptions, command: Command) => {
      const { calibrateCommand } = await import('../commands/runs/calibrate.ts');
      finish(await calibrateCommand(context, givenOptions(command), options));
    });

  program
    .command('recover')
    .description('Recover weights and scores from a log, recipe or journal, even if damaged')
    .requiredOption(
      '--log <file>',
      'Log of the Python tool, recipe with a log below it, or an autombw log or journal',
    )
    .addOption(
      new Option('--order <order>', 'Order to print the best weights in')
        .choices(['recipe', 'search', 'legacy'])
        .default('recipe'),
    )
    .addOption(
      new Option('--recipe-order <order>', 'Order of the list in a recipe file')
        .choices(['recipe', 'legacy'])
        .default('recipe'),
    )
    .option('--folder <path>', 'Where to write csv/ and recipes/', '.')
    .option('--print-only', 'Do not write any files')
    .option('--json', 'Print the result as JSON')
    .action(async (options: RecoverOptions) => {
      const { recoverCommand } = await import('../commands/runs/recover.ts');
      finish(await recoverCommand(context, options));
    });

  program
    .command('plot')
    .description('Plot runs: scores, best so far, baselines, distribution, payloads, best weights')
    .argument('<history...>', 'History CSV files, journals, names of runs or globs')
    .option('--output <file>', 'x.svg, x.png or x.html (default: draw in the terminal)')
    .option('--force', FORCE)
    .addOption(
      new Option('--view <view>', 'Scores, losses (1 − score) or both')
        .choices(['reward', 'loss', 'both'])
        .default('reward'),
    )
    .addOption(
      new Option(
        '--x <axis>',
        'Plot scores over iterations or over images (default: images if iterations have unequal numbers of them)',
      ).choices(['images', 'iterations']),
    )
    .option('--title <text>', 'Title of the figure')
    .option('--json', 'Print the result as JSON')
    .action(
      async (
        histories: string[],
        options: {
          output?: string;
          view: 'reward' | 'loss' | 'both';
          x?: 'images' | 'iterations';
          title?: string;
          force?: boolean;
          json?: boolean;
        },
      ) => {
        const { plotCommand } = await import('../commands/runs/plot.ts');
        finish(await plotCommand(context, histories, options));
      },
    );

  program
    .command('report')
    .description('Write an HTML report: is it better, how does it look, which blocks matter')
    .argument('<run...>', 'Journals, CSVs, names of merged models, or the journal of a chain')
    .option('--output <file>', 'File to write (default: next to the plot of a single run, or report.html)')
    .option('--force', FORCE)
    .option('--folder <path>', 'Folder whose csv/history holds the runs', '.')
    .option('--json', 'Print the result as JSON')
    .action(async (runs: string[], options: ReportCommandOptions) => {
      const { reportCommand } = await import('../commands/runs/report.ts');
      finish(await reportCommand(context, runs, options));
    });

  program
    .command('watch')
    .description('Watch a run, or all runs in a folder, live in the browser')
    .argument('[run]', 'Journal, CSV or name of the merged model, or a folder (default: --folder)')
    .option('--port <n>', 'Port to listen on; 0 = any free port', parsePort, 7866)
    .option('--host <address>', 'Address to listen on; all but this machine require a token', '127.0.0.1')
    .option('--new-token', 'Create a new token; the old one stops working')
    .option('--folder <path>', 'Folder whose csv/history holds the runs', '.')
    .action(async (run: string | undefined, options: WatchOptions) => {
      const { watchCommand } = await import('../commands/runs/watch-page.ts');
      finish(await watchCommand(context, run, options));
    });

  program
    .command('sheet')
    .description('Draw the contact sheet of a run: A, B, half of each and the best, same seeds')
    .argument('<run>', 'Journal, CSV or name of the merged model')
    .option(
      '--iterations <list>',
      'Rows: numbers (3,7 or 3-7), best, first, A, B, 0.5, runner-up (default: the baselines and the best)',
    )
    .option('--payloads <pattern>', 'Only these payloads: names or patterns with * and ?, comma-separated')
    .option('--output <file>', 'x.webp or x.png (default: next to the journal)')
    .option('--force', FORCE)
    .addOption(
      new Option('--format <format>', 'Format if --output is not given')
        .choices(['webp', 'png'])
        .default('webp'),
    )
    .option('--width <px>', 'Maximum width in pixels (default: as needed)', parseCount)
    .option('--max-columns <n>', 'Number of images to show, chosen evenly (default: 8)', parseCount)
    .option('--folder <path>', 'Folder whose csv/history holds the runs', '.')
    .option('--json', 'Print the result as JSON')
    .action(async (run: string, options: SheetOptions) => {
      const { sheetCommand } = await import('../commands/runs/sheet.ts');
      finish(await sheetCommand(context, run, options));
    });

  program
    .command('pick')
    .description('Choose a merge from a search with --goals and write its recipe')
    .argument('<run>', 'Journal, CSV or name of the merged model')
    .option(
      '--weights <goal=w,…>',
      'Weight of each goal, e.g. quality=0.7,niqe=0.3 (default: only list the front)',
    )
    .option('--iteration <n>', 'Choose this iteration', parseInteger)
    .option('--folder <path>', 'Folder with csv/ and recipes/', '.')
    .option('--json', 'Print the front or the choice as JSON')
    .action(async (run: string, options: PickOptions) => {
      const { pickCommand } = await import('../commands/runs/pick.ts');
      finish(await pickCommand(context, run, options));
    });

  program
    .command('explain')
    .description('Explain which blocks matter in a run, how certain that is, and what to try next')
    .argument('<run>', 'Journal, CSV or name of the merged model; or a history CSV of another program')
    .option('--folder <path>', 'Folder whose csv/history holds the runs', '.')
    .option('--json', 'Print effects and suggestions as JSON')
    .action(async (run: string, options: ExplainCommandOptions) => {
      const { explainCommand } = await import('../commands/runs/explain.ts');
      finish(await explainCommand(context, run, options));
    });

  program
    .command('schema')
    .description('Print the JSON Schema of the config file')
    .action(async () => {
      const { schemaCommand } = await import('../commands/runs/schema.ts');
      finish(schemaCommand(context));
    });
};
