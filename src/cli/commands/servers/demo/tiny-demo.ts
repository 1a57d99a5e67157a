/** The demo on real checkpoints: what the parents can do, a search, and the proof on images that it has not seen. */
import fs from 'node:fs';
import path from 'node:path';
import { mergeCheckpoints } from '../../../../checkpoints/merge.ts';
import { parseSearchConfig } from '../../../../config/load.ts';
import { scoreText } from '../../../../shared/score-text.ts';
import type { RunObserver } from '../../../../observers/observer.ts';
import type { RunSummary } from '../../../../run/5-finish.ts';
import type { Environment } from '../../../../run/environment.ts';
import { makeRequests } from '../../../../run/requests.ts';
import { runSearch } from '../../../../run/run.ts';
import { TINY_WORLD, type Simulator } from '../../../../simulator/index.ts';
import { EXIT, type CommandContext } from '../../../cli-process.ts';
import { exitCodeOf, printSummary, summaryJson } from '../../summary.ts';
import { watchWork } from '../../runs/watch.ts';
import { contactSheet } from './contact-sheet.ts';
import type { DemoOptions } from './options.ts';
import { proofRows } from './proof-rows.ts';
import { ON_YOUR_OWN } from './own-models.ts';
import { writePayloads } from './prompts.ts';
import { PLAIN, view, type Viewed } from './viewer.ts';
import { counted } from '../../../../shared/counted.ts';

const FOLDER = 'autombw-demo';
const OUTPUT = 'demo-merge';
const ITERATIONS = 60;
/** These six images have a second optimum at 0.47, where a search can stay for long: this seed soon finds the way on to 0.63. */
const SEED = 7;

export async function tinyDemo(
  context: CommandContext,
  simulator: Simulator,
  { json = false, iterations = ITERATIONS }: Omit<DemoOptions, 'world'>,
): Promise<number> {
  const began = performance.now();
  const say = (text: string): void => {
    if (!json) context.print(text);
  };
  const config = parseSearchConfig({
    payload: writePayloads(FOLDER),
    modelA: 'crisp',
    modelB: 'vivid',
    output: OUTPUT,
    webui: simulator.url,
    scorer: ['onnx'],
    scorerOptions: { onnx: { manifest: path.join(TINY_WORLD, 'judge', 'manifest.json') } },
    iterations,
    seed: SEED,
    earlyStop: false,
    saveBest: 'none',
    folder: FOLDER,
  });
  say(introduction(simulator.url));
  return watchWork(context, async (environment, signalCode) => {
    const { signal } = environment;
    const first = await view(config, PLAIN, await makeRequests(config), signal);
    say(table(first));
    say(`\nThe search: ${counted(iterations, 'merge')}, two to six images each.\n`);
    const win = firstAbove(Math.max(...first.map(({ mean }) => mean)));
    const summary = await runSearch(config, watched(environment, win.observer));
    const ending = signal.aborted ? undefined : await end(simulator, summary, signal);
    const seconds = Math.round((performance.now() - began) / 1000);
    const told = { world: 'tiny', first: scores(first), firstWin: win.found(), seconds };
    if (json) {
      const { viewed, ...files } = ending ?? {};
      context.printJson({
        ...summaryJson(summary),
        ...told,
        ...files,
        ...(viewed && {
          proof: scores(viewed),
          verdict: summary.proof?.verdict,
          words: summary.proof?.words,
        }),
      });
    } else {
      await printSummary(context, summary, false);
      if (ending !== undefined) say(conclusion(ending, win.found(), seconds));
    }
    return exitCodeOf(summary, signalCode()) ?? EXIT.ok;
  });
}

interface Ending {
  readonly viewed: readonly Viewed[];
  readonly checkpoint: string;
  readonly sheet: string;
}

/** Merged checkpoint of what the run recommends, and a sheet of the proof's images; nothing without a scored iteration. */
async function end(
  { modelsDir }: Simulator,
  { recommended, proof, files }: RunSummary,
  signal: AbortSignal,
): Promise<Ending | undefined> {
  if (recommended === undefined || proof === undefined) return undefined;
  const { weights } = recommended;
  const viewed = await proofRows(files['journal'] ?? '', proof.proof);
  const [modelA = '', modelB = ''] = ['crisp', 'vivid'].map((name) =>
    path.join(modelsDir, `${name}.safetensors`),
  );
  const checkpoint = path.join(FOLDER, `${OUTPUT}.safetensors`);
  await mergeCheckpoints({ modelA, modelB, output: checkpoint, weights, force: true }, { signal });
  const sheet = path.join(FOLDER, 'contact-sheet.png');
  fs.writeFileSync(sheet, await contactSheet(viewed));
  return { viewed, checkpoint, sheet };
}

interface Win {
  readonly iteration: number;
  readonly score: number;
  readonly seconds: number;
}

/** Notes the first iteration that is clearly better than a score. */
function firstAbove(score: number): { readonly observer: RunObserver; readonly found: () => Win | null } {
  const began = performance.now();
  let win: Win | null = null;
  const observer: RunObserver = {
    name: 'first win',
    onTrial: (trial) => {
      if (win !== null || trial.state !== 'scored' || trial.score <= CLEARLY * score) return;
      const seconds = Math.round((performance.now() - began) / 1000);
      win = { iteration: trial.id, score: trial.score, seconds };
    },
  };
  return { observer, found: () => win };
}

const CLEARLY = 1.1;

function watched(environment: Environment, observer: RunObserver): Environment {
  return {
    ...environment,
    createObservers: (config, files) => [...environment.createObservers(config, files), observer],
  };
}

function scores(viewed: readonly Viewed[]): { readonly label: string; readonly mean: number }[] {
  return viewed.map(({ label, mean }) => ({ label, mean }));
}

function table(viewed: readonly Viewed[]): string {
  return viewed.map(({ label, mean }) => `  ${label.padEnd(12)} ${scoreText(mean)}`).join('\n');
}

function introduction(url: string): string {
  return [
    `A simulated WebUI is running at ${url}, with real checkpoints of a small diffusion`,
    'model: crisp draws sharp images in pale colours, vivid draws blurred ones in bright colours.',
    'A judge, a small network that has read the prompt, scores images from 0 to 1:',
    '',
  ].join('\n');
}

function conclusion({ viewed, checkpoint, sheet }: Ending, win: Win | null, seconds: number): string {
  const best = viewed.at(-1)?.mean ?? 0;
  const before = Math.max(...viewed.slice(0, -1).map(({ mean }) => mean));
  return [
    `merged   ${checkpoint}`,
    `sheet    ${sheet}`,
    '',
    win === null
      ? 'No merge was clearly better than both models and their mean: run it again with more --iterations.'
      : `The first merge clearly better than both models and their mean: iteration ${win.iteration}, after ${win.seconds} s.`,
    'The means of the proof, on seeds and prompts that the search has not seen:',
    table(viewed),
    `The merge has ${(best / before).toFixed(1)} times the score of the best of the others. It took ${seconds} s in all.`,
    '',
    ...ON_YOUR_OWN,
  ].join('\n');
}
