/**
 * What bench/optimizers.mjs searches. Every problem has `name`, `group`, `dimensions`, and three functions: `score(x, seed)` is
 * what a search sees, `truth(x)` what it is worth, `gain(truth)` the same on a scale where 0 is the mean of random points and
 * 1 the best known.
 */
import { functionNames, makeFunction } from './functions.mjs';
import { loadLandscapes } from './landscapes.mjs';
import { loadWorlds, meanScore } from './worlds.mjs';

/** The score of a landscape is that of a trial of 12 pictures. */
const PICTURES_OF_HISTORY = 12;

/** @param images pictures a trial, always the first of the world's 48; the truth is the mean of all */
export function worldProblems(images, folder) {
  return loadWorlds(folder).map((world) => ({
    ...world,
    group: 'worlds',
    dimensions: cube(world.size, 10),
    score: (x) => meanScore(world, x, images),
  }));
}

/** @param images pictures a trial: 12 is the landscape's own roughness, another number the mean of so many single pictures */
export function landscapeProblems(images, folder) {
  return loadLandscapes(folder).map((landscape) => ({
    ...landscape,
    group: landscape.hasSignal ? 'landscapes' : 'a landscape of noise only',
    dimensions: cube(landscape.size, 10),
    score:
      images === PICTURES_OF_HISTORY
        ? (x) => landscape.score(x)
        : (x) => meanOfPictures(landscape, x, images),
  }));
}

function meanOfPictures(landscape, x, count) {
  let sum = 0;
  for (let picture = 0; picture < count; picture++) sum += landscape.picture(x, picture);
  return sum / count;
}

/** Gain here = decades between the mean regret of random points and the regret reached. */
export function functionProblems() {
  const problems = [];
  for (const size of [5, 10, 20, 27]) {
    for (const name of functionNames) {
      for (const [kind, intervals, noise] of [
        ['grid', 10, 0],
        ['cube', 0, 0],
        ['noisy', 10, 0.3],
      ]) {
        const instance = makeFunction(name, size, noise, 1);
        problems.push({
          name: `${name}-${size}-${kind}`,
          group: `${name} ${kind}`,
          dimensions: cube(size, intervals),
          truth: instance.truth,
          score: instance.score,
          gain: (value) => Math.log10(instance.randomRegret / Math.max(-value, 1e-6 * instance.randomRegret)),
        });
      }
    }
  }
  return problems;
}

function cube(size, intervals) {
  return Array.from({ length: size }, (_, i) => ({ name: `x${i}`, low: 0, high: 1, intervals }));
}
