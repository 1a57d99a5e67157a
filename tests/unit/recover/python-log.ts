/** Writes console logs as the Python tool does, for tests to damage. */
import { type BlockWeights } from '../../../src/space/blocks.ts';
import { weightsToList } from '../../../src/architectures/sd-lists.ts';
import { pythonFloat } from '../../../src/formats/python-float.ts';

export interface LoggedIteration {
  readonly weights: BlockWeights;
  readonly score: number;
}

export function logged(second: number, message: string, level = 'INFO'): string {
  const clock = new Date(Date.UTC(2023, 10, 21, 1, 27, 0) + second * 1000).toISOString();
  return `${clock.slice(0, 10)} ${clock.slice(11, 19)},668 - AutoMBWrt - ${level} - ${message}`;
}

export function bar(done: number, total = 270): string {
  const percent = String(Math.round((100 * done) / total)).padStart(3);
  const tail = done === 0 ? '00:00<?, ?it/s]' : `${done}:30:32<89:21:31, 1838.24s/it, best_iter=0, best`;
  return `[0] hyper_score (Bayesian Optimization): ${percent}%|          | ${done}/${total} [${tail}`;
}

export function testweights(second: number, weights: BlockWeights): string {
  return logged(second, `testweights: ${weightsToList(weights, 'search').map(pythonFloat).join(',')}`);
}

export function testScore(second: number, score: number): string {
  return logged(second, `test score: ${pythonFloat(score)}`);
}

/** The lines of Hyperactive's result block, trailing blanks included. */
export function endBlock(best: LoggedIteration, seed = 367813992): string[] {
  return [
    '',
    '',
    "Results: 'hyper_score'  ",
    `   Best score: ${pythonFloat(best.score)}  `,
    '   Best parameter set:',
    ...weightsToList(best.weights, 'search').map((value, index) => {
      return `      ${`'${index}'`.padEnd(4)} : ${pythonFloat(value)}  `;
    }),
    '   Best iteration: 0  ',
    ' ',
    `   Random seed: ${seed}  `,
    ' ',
    '   Evaluation time   : 174590.83615255356 sec    [99.98 %]',
    '   Optimization time : 34.05722665786743 sec    [0.02 %]',
    '   Iteration time    : 174624.89337921143 sec    [646.76 sec/iter]',
    ' ',
  ];
}

export function bestOf(iterations: readonly LoggedIteration[]): LoggedIteration {
  return iterations.reduce((best, next) => (next.score > best.score ? next : best));
}

/** The lines of a whole run. Bars stand in front of carriage returns, and the first record shares the bar's line. */
export function wholeRun(iterations: readonly LoggedIteration[]): string[] {
  const lines = [
    logged(0, '----------AUTOMERGE START----------'),
    logged(0, 'modelA: _13a-limeremix.safetensors [abcdef0123]'),
    logged(0, 'modelB: _14a-cyberrealistic.safetensors [0123abcdef]'),
    logged(0, 'modelO: 08b-AstolfoMix'),
  ];
  for (const [index, { weights, score }] of iterations.entries()) {
    const head = `\r${bar(index)}`;
    // The first bar has no line end of its own; later ones were drawn over.
    lines.push(
      index === 0 ? `${head}${testweights(60, weights)}` : `${head}\r${testweights(60 * index + 1, weights)}`,
    );
    lines.push('Total progress: 100%|██████████| 96/96 [02:39<00:00,  1.66s/it]');
    lines.push(testScore(60 * index + 50, score));
  }
  return [
    ...lines,
    bar(iterations.length),
    ...endBlock(bestOf(iterations)),
    logged(90_000, 'Saving checkpoint to 08b-AstolfoMix'),
    logged(90_001, 'merge completed.'),
  ];
}

/** Breaks lines where a terminal of the width does. */
export function wrap(lines: readonly string[], width: number): string[] {
  return lines.flatMap((line) => {
    const parts = line.split('\r').map((part) => {
      const pieces: string[] = [];
      for (let at = 0; at < Math.max(1, part.length); at += width) pieces.push(part.slice(at, at + width));
      return pieces;
    });
    // A carriage return stays inside the physical line on which the cursor was.
    const joined: string[] = [];
    for (const pieces of parts) {
      const open = joined.pop();
      const [first = '', ...rest] = pieces;
      joined.push(open === undefined ? first : `${open}\r${first}`, ...rest);
    }
    return joined;
  });
}
