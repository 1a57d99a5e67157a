/**
 * Made landscapes with two or three goals that pull in different directions. Each goal is a hill of its own place and widths, plus smooth
 * waves; what is measured adds roughness that is fixed by the point, as that of a trial's images is.
 */
import { uniformNumbers } from './uniform-numbers.mjs';

const WAVES = 24;

/**
 * @param roughness standard deviation of what is measured around the truth, as a share of the spread of random points
 * @returns `truth(x)` and `measured(x)`: a number a goal, mean 0 and deviation 1 over random points
 */
export function goalProblem({ size, goals, seed, roughness }) {
  const random = uniformNumbers(seed * 1009 + size * 31 + goals);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const parts = Array.from({ length: goals }, () => makeGoal(size, random, normal));
  const rough = parts.map(() => waves(size, 64, 9, random, normal));
  const sample = Array.from({ length: 1000 }, () => Array.from({ length: size }, random));
  const scales = parts.map((goal) => {
    const values = sample.map(goal);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return { mean, deviation: Math.sqrt(variance) };
  });
  const truth = (x) => parts.map((goal, k) => (goal(x) - scales[k].mean) / scales[k].deviation);
  return {
    name: `${goals} goals, ${size} weights, roughness ${roughness}`,
    size,
    goals,
    seed,
    truth,
    measured: (x) => truth(x).map((value, k) => value + roughness * rough[k](x)),
    /** Best of each goal by itself, as far as climbing from 20 points along the grid finds it. */
    ideal: () => parts.map((_, k) => climb((x) => truth(x)[k], size, random)),
  };
}

function makeGoal(size, random, normal) {
  const place = Array.from({ length: size }, () => random());
  const widths = Array.from({ length: size }, () => Math.exp(0.8 * normal()) / size);
  const wave = waves(size, WAVES, 2.5, random, normal);
  return (x) => {
    let distance = 0;
    for (let d = 0; d < size; d++) distance += widths[d] * (x[d] - place[d]) ** 2;
    return -6 * distance + 0.25 * wave(x);
  };
}

/** Mean 0 and deviation 1 over phases. */
function waves(size, count, frequency, random, normal) {
  const directions = Array.from({ length: count }, () =>
    Array.from({ length: size }, () => (frequency * normal()) / Math.sqrt(size / 6)),
  );
  const phases = directions.map(() => 2 * Math.PI * random());
  const scale = Math.sqrt(2 / count);
  return (x) => {
    let value = 0;
    for (let j = 0; j < count; j++) {
      let phase = phases[j];
      for (let d = 0; d < size; d++) phase += directions[j][d] * x[d];
      value += Math.cos(phase);
    }
    return scale * value;
  };
}

function climb(value, size, random) {
  let best = -Infinity;
  for (let start = 0; start < 20; start++) {
    const x = Array.from({ length: size }, () => Math.round(10 * random()) / 10);
    let here = value(x);
    for (let sweep = 0; sweep < 6; sweep++) {
      const before = here;
      for (let d = 0; d < size; d++) {
        for (let step = 0; step <= 10; step++) {
          const kept = x[d];
          x[d] = step / 10;
          const there = value(x);
          if (there > here) here = there;
          else x[d] = kept;
        }
      }
      if (here === before) break;
    }
    best = Math.max(best, here);
  }
  return best;
}
