/** Commands that ask something of a run in another process, or look at it. */
import { Option } from 'commander';
import type { NextOptions } from '../commands/runs/control/next.ts';
import type { RequestOptions } from '../commands/runs/control/requests.ts';
import { parseInteger } from '../parsers.ts';
import type { CommandGroup } from './group.ts';

const RUN = 'Journal, CSV or name of the merged model';
const FOLDER = ['--folder <path>', 'Where runs lie, in csv/history', '.'] as const;

export const addControlCommands: CommandGroup = (program, context, finish) => {
  program
    .command('status')
    .description('What is going on in a run: iteration, best, time left, paused or not, last warnings')
    .argument('<run>', RUN)
    .option(...FOLDER)
    .option('--json', 'Print it as JSON')
    .action(async (run: string, options: RequestOptions) => {
      const { statusCommand } = await import('../commands/runs/control/status.ts');
      finish(await statusCommand(context, run, options));
    });

  program
    .command('pause')
    .description('Pause a run once what it measures is finished: the WebUI is left alone')
    .argument('<run>', RUN)
    .option(...FOLDER)
    .option('--json', 'Print the request as JSON')
    .action(async (run: string, options: RequestOptions) => {
      const { pauseCommand } = await import('../commands/runs/control/requests.ts');
      finish(await pauseCommand(context, run, options));
    });

  program
    .command('go-on')
    .description('End the pause of a run')
    .argument('<run>', RUN)
    .option(...FOLDER)
    .option('--json', 'Print the request as JSON')
    .action(async (run: string, options: RequestOptions) => {
      const { goOnCommand } = await import('../commands/runs/control/requests.ts');
      finish(await goOnCommand(context, run, options));
    });

  program
    .command('stop')
    .description('Stop a run once what it measures is finished; resume goes on')
    .argument('<run>', RUN)
    .option(...FOLDER)
    .option('--json', 'Print the request as JSON')
    .action(async (run: string, options: RequestOptions) => {
      const { stopCommand } = await import('../commands/runs/control/requests.ts');
      finish(await stopCommand(context, run, options));
    });

  program
    .command('reject')
    .description('Take the score of an iteration away that should not be the best, whatever its score')
    .argument('<run>', RUN)
    .argument('[iteration]', 'The latest one that has a score when left out', parseInteger)
    .option(...FOLDER)
    .option('--json', 'Print the request as JSON')
    .action(async (run: string, iteration: number | undefined, options: RequestOptions) => {
      const { rejectCommand } = await import('../commands/runs/control/requests.ts');
      finish(await rejectCommand(context, run, iteration, options));
    });

  program
    .command('next')
    .description('Have a run measure weights of yours next')
    .argument('<run>', RUN)
    .requiredOption(
      '--weights <list>',
      'As merge takes them: numbers, preset:NAME, a JSON file, or IN04=0.3,OUT*=0.5 (others as in the best)',
    )
    .addOption(new Option('--order <order>', 'Order of the list').choices(['search', 'recipe', 'legacy']))
    .option(...FOLDER)
    .option('--json', 'Print the request as JSON')
    .action(async (run: string, options: NextOptions) => {
      const { nextCommand } = await import('../commands/runs/control/next.ts');
      finish(await nextCommand(context, run, options));
    });
};
