/**
 * The exhaustive search of the tiny transformer's curve: the score of every merge whose weights lie on a line through two knots in the double
 * blocks and two in the single ones, in steps of 0.1, by 12 images that a search sees and 36 that it does not.
 * tools/tiny-world/evaluate_flux.py drew them.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { mean } from './statistics.mjs';

const FOLDER = path.join(import.meta.dirname, 'data/tiny-flux');

/** Blocks of no row: the same weight in all of these merges. */
export const REST = ['img_in', 'txt_in', 'time_in', 'vector_in', 'final_layer'];
export const ARCHITECTURE = 'flux1:double_blocks=5,single_blocks=10,-guidance_in';

export class TinyFluxGrid {
  #data = JSON.parse(readFileSync(path.join(FOLDER, 'grid.json'), 'utf8'));
  #images = readFileSync(path.join(FOLDER, 'grid.bin'));
  #fresh = Buffer.from(this.#data.fresh, 'base64');

  /** Settings for createSpace: the same knots and steps as the grid. */
  get space() {
    const { knots, levels, rest } = this.#data;
    const rows = [...new Set(knots.map((name) => name.split('@')[0]))];
    return {
      ...this.everyBlock,
      intervals: levels - 1,
      curve: rows.map((row) => `${row}=${knots.filter((name) => name.startsWith(`${row}@`)).length}`),
      blocks: Object.fromEntries(REST.map((block) => [block, { low: rest, high: rest }])),
    };
  }

  /** The same blocks, each by itself. */
  get everyBlock() {
    const { levels, rest } = this.#data;
    const blocks = Object.fromEntries(REST.map((block) => [block, { low: rest, high: rest }]));
    return { architecture: ARCHITECTURE, low: 0, high: 1, intervals: levels - 1, blocks };
  }

  /** Prompt and seed of each image: those that a search sees, or the fresh ones. */
  imagesOf(kind) {
    const { prompts, images, firstSeed, firstFreshSeed } = this.#data;
    const own = kind === 'fresh' ? prompts.slice(images) : prompts.slice(0, images);
    const first = kind === 'fresh' ? firstFreshSeed : firstSeed;
    return own.map((prompt, i) => ({ prompt, seed: first + i }));
  }

  /** @param values of the four knots, on the grid */
  scoresOf(values) {
    const { images } = this.#data;
    const at = this.#placeOf(values) * images;
    return [...this.#images.subarray(at, at + images)].map((byte) => byte / 255);
  }

  scoreOf(values) {
    return mean(this.scoresOf(values));
  }

  freshOf(values) {
    return this.#fresh.readUInt16LE(2 * this.#placeOf(values)) / 65535;
  }

  get size() {
    return this.#data.levels ** this.#data.knots.length;
  }

  /** Knots of the best merges, the best first, with their scores on the search's images and on fresh ones. */
  get best() {
    const count = this.#data.knots.length;
    return this.#data.best.map((row) => ({
      values: row.slice(0, count),
      score: row[count],
      fresh: row[count + 1],
    }));
  }

  /** Equal weights 0, 0.1 … 1, on the blocks of no row too. */
  get uniform() {
    return this.#data.uniform.map(([score, fresh], i) => ({ weight: i / 10, score, fresh }));
  }

  /** The best that 400 steps uphill from there found with every block by itself. */
  get bestOfEveryBlock() {
    const { weights, scores } = this.#data.everyBlock;
    return { weights, score: scores[0], fresh: scores[1] };
  }

  #placeOf(values) {
    const { levels } = this.#data;
    return values.reduce((place, value) => place * levels + Math.round(value * (levels - 1)), 0);
  }
}

/**
 * A search over the grid: no image is drawn.
 * @param parts `createOptimizer` and `createSpace` of the build
 * @returns the merges in the order in which they were measured, with their scores
 */
export function gridSearch(
  { createOptimizer, createSpace },
  grid,
  { seed, evaluations, optimizer = 'bayesian' },
) {
  const space = createSpace(grid.space);
  const search = createOptimizer(optimizer, { space, seed });
  return Array.from({ length: evaluations }, () => {
    const { id, values } = search.ask();
    const score = grid.scoreOf(values);
    search.tell(id, score);
    return { values: [...values], score, fresh: grid.freshOf(values) };
  });
}
