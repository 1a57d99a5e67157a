/** Commands that ask something of a run in another process, or look at it. */
import { Option } from 'commander';
import type { NextOptions } from '../commands/runs/control/next.ts';
import type { RequestOptions } from '../commands/runs/control/requests.ts';
import { parseInteger } from '../parsers.ts';
import type { CommandGroup } from './group.ts';

const RUN = 'Journal, CSV or name of the merged model';
const FOLDER = ['--folder <path>', 'Folder whose csv/history holds the runs', '.'] as const;

export const addControlCommands: CommandGroup = (program, context, finish) => {
  program
    .command('status')
    .description('Show the state of a run: iteration, best score, time left, recent warnings')
    .argument('<run>', RUN)
    .option(...FOLDER)
    .option('--json', 'Print the result as JSON')
    .action(async (run: string, options: RequestOptions) => {
      const { statusCommand } = await import('../commands/runs/control/status.ts');
      finish(await statusCommand(context, run, options));
    });

  program
    .command('pause')
    .description('Pause a run after the current iteration, leaving the WebUI free')
    .argument('<run>', RUN)
    .option(...FOLDER)
    .option('--json', 'Print the request as JSON')
    .action(async (run: string, options: RequestOptions) => {
      const { pauseCommand } = await import('../commands/runs/control/requests.ts');
      finish(await pauseCommand(context, run, options));
    });

  program
    .command('go-on')
    .description('Continue a paused run')
    .argument('<run>', RUN)
    .option(...FOLDER)
    .option('--json', 'Print the request as JSON')
    .action(async (run: string, options: RequestOptions) => {
      const { goOnCommand } = await import('../commands/runs/control/requests.ts');
      finish(await goOnCommand(context, run, options));
    });

  program
    .command('stop')
    .description('Stop a run after the current iteration; resume continues it')
    .argument('<run>', RUN)
    .option(...FOLDER)
    .option('--json', 'Print the request as JSON')
    .action(async (run: string, options: RequestOptions) => {
      const { stopCommand } = await import('../commands/runs/control/requests.ts');
      finish(await stopCommand(context, run, options));
    });

  program
    .command('reject')
    .description('Discard the score of an iteration that should not win')
    .argument('<run>', RUN)
    .argument('[iteration]', 'Iteration to reject (default: the latest one with a score)', parseInteger)
    .option(...FOLDER)
    .option('--json', 'Print the request as JSON')
    .action(async (run: string, iteration: number | undefined, options: RequestOptions) => {
      const { rejectCommand } = await import('../commands/runs/control/requests.ts');
      finish(await rejectCommand(context, run, iteration, options));
    });

  program
    .command('next')
    .description('Make a run measure your own weights next')
    .argument('<run>', RUN)
    .requiredOption(
      '--weights <list>',
      'Weights, as for merge: numbers, preset:NAME, a JSON file, or IN04=0.3,OUT*=0.5 (the rest as in the best)',
    )
    .addOption(new Option('--order <order>', 'Order of the list').choices(['search', 'recipe', 'legacy']))
    .option(...FOLDER)
    .option('--json', 'Print the request as JSON')
    .action(async (run: string, options: NextOptions) => {
      const { nextCommand } = await import('../commands/runs/control/next.ts');
      finish(await nextCommand(context, run, options));
    });
};
