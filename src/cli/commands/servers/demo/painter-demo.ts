import { fileURLToPath } from 'node:url';
import { parseSearchConfig } from '../../../../config/load.ts';
import { runSearch } from '../../../../run/run.ts';
import { startSimulator } from '../../../../simulator/index.ts';
import { EXIT, type CommandContext } from '../../../cli-process.ts';
import { watchRun } from '../../runs/watch.ts';
import { ON_YOUR_OWN } from './own-models.ts';
import type { DemoOptions } from './options.ts';

const PAYLOADS = ['coast.json', 'village.json'];
const FOLDER = 'autombw-demo';
const ITERATIONS = 60;

/** A search among painted landscapes. */
export async function painterDemo(
  context: CommandContext,
  { json = false, iterations = ITERATIONS }: Omit<DemoOptions, 'world'>,
): Promise<number> {
  const simulator = await startSimulator({ port: 0, models: ['modelA', 'modelB'] });
  try {
    if (!json) context.print(introduction(simulator.url, iterations));
    const config = parseSearchConfig({
      payload: PAYLOADS.map((file) =>
        fileURLToPath(new URL(`../../../../../payloads/${file}`, import.meta.url)),
      ),
      modelA: 'modelA',
      modelB: 'modelB',
      output: 'demo-merge',
      webui: simulator.url,
      iterations,
      earlyStop: false,
      folder: FOLDER,
    });
    const code = await watchRun(context, json, (environment) => runSearch(config, environment));
    if (!json && code === EXIT.ok) context.print(EXPLANATION);
    return code;
  } finally {
    await simulator.close();
  }
}

function introduction(url: string, iterations: number): string {
  return [
    `A simulated WebUI is running at ${url}.`,
    'Its images get better or worse with the 27 block weights, as a landscape made',
    'from a real search says. autombw does not know that landscape: it merges, draws,',
    `scores and learns, ${iterations === 1 ? 'once' : `${iterations} times`}, four images each.`,
    '',
  ].join('\n');
}

const EXPLANATION = [
  '',
  'What the numbers mean: a score is the mean quality (0 to 1) of four images made',
  'with one set of weights; weight 0 leaves a block as in model A, 1 takes model B’s.',
  'The plot shows every iteration, the best so far, and the best weights.',
  ...ON_YOUR_OWN,
].join('\n');
