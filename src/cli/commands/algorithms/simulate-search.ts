import { afterColon } from '../../../shared/after-colon.ts';
import { isExpected, usageError } from '../../../shared/errors.ts';
import {
  builtinLandscape,
  gainAt,
  parseLandscape,
  scoreAt,
  type Landscape,
} from '../../../landscape/index.ts';
import { scoreText } from '../../../shared/score-text.ts';
import { createOptimizer, withSemantics } from '../../../optimizers/index.ts';
import { drawInTerminal } from '../../../plot/index.ts';
import { readTextFile } from '../../../shared/files/read-file.ts';
import { blocksOf, DEFAULT_ARCHITECTURE } from '../../../architectures/registry.ts';
import { weightsFromList } from '../../../architectures/sd-lists.ts';
import { columnsOf, hasColour } from '../../../shared/terminal/abilities.ts';
import { systemReason } from '../../../shared/system-error.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import type { Setting } from '../../parsers.ts';

export interface SimulateSearchOptions {
  readonly landscape?: string;
  readonly optimizer: string;
  readonly optimizerOptions: Readonly<Record<string, Setting>>;
  readonly optimizerSemantics: 'fixed' | 'compat';
  readonly iterations: number;
  readonly intervals: number;
  readonly seed: number;
  readonly json?: boolean;
}

interface Step {
  readonly values: readonly number[];
  readonly score: number;
  /** True quality of the best score seen so far: 0 = mean of random points, 1 = best known. */
  readonly gain: number;
}

/** An optimizer on a landscape made from a real history: no WebUI, no images. */
export async function simulateSearchCommand(
  context: CommandContext,
  options: SimulateSearchOptions,
): Promise<number> {
  const landscape =
    options.landscape === undefined ? builtinLandscape() : await readLandscape(options.landscape);
  const blocks = blocksOf(DEFAULT_ARCHITECTURE);
  if (landscape.dims !== blocks.length) {
    throw usageError(
      'landscape-format',
      `The landscape must have ${blocks.length} dimensions, not ${landscape.dims}.`,
    );
  }
  const dimensions = blocks.map((name) => ({ name, low: 0, high: 1, intervals: options.intervals }));
  const optimizer = createOptimizer(options.optimizer, {
    space: { dimensions },
    seed: options.seed,
    options: withSemantics(options.optimizer, options.optimizerOptions, options.optimizerSemantics),
  });
  const steps: Step[] = [];
  let best = -Infinity;
  let gain = 0;
  for (let i = 0; i < options.iterations; i++) {
    const { id, values } = optimizer.ask();
    const score = scoreAt(landscape, values);
    optimizer.tell(id, score);
    if (score > best) {
      best = score;
      gain = gainAt(landscape, values);
    }
    steps.push({ values, score, gain });
  }
  const recommended = optimizer.best();
  const handed = recommended === undefined ? null : gainAt(landscape, recommended.values);
  if (options.json === true) {
    const { optimizer: name, seed } = options;
    context.printJson({
      landscape: landscape.name,
      optimizer: name,
      seed,
      best,
      gain,
      recommended: { ...recommended, gain: handed },
      steps,
    });
    return EXIT.ok;
  }
  const trials = steps.map(({ values, score }) => ({ score, weights: weightsFromList(values, 'search') }));
  const { stdout, env } = context.process;
  const colour = hasColour(stdout, env);
  const name = `${options.optimizer} on ${landscape.name}`;
  context.printInColour(
    drawInTerminal([{ name, trials }], { width: Math.min(columnsOf(stdout), 80), height: 24, colour }),
  );
  context.print(
    [
      `Best score ${scoreText(best)}; its true gain is ${gain.toFixed(3)} (0 = mean of random points, 1 = best known)`,
      `True gain of the recommended point: ${handed === null ? 'none' : handed.toFixed(3)}`,
    ].join('\n'),
  );
  return EXIT.ok;
}

async function readLandscape(file: string): Promise<Landscape> {
  try {
    return parseLandscape(JSON.parse(await readTextFile(file)));
  } catch (cause) {
    throw usageError(
      'landscape-format',
      isExpected(cause)
        ? `${file}: ${afterColon(cause.message)}`
        : `Cannot read the landscape ${file} (${systemReason(cause)}).`,
      { cause },
    );
  }
}
