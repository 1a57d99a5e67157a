/**
 * Made-up problems of a family with 19 + 38 blocks, for benches of what spares numbers there: no real merge of so many blocks
 * can be measured here. The best weights follow two waves over the depth of each row, and each block is off them by chance as
 * far as `roughness` says (standard deviation). What counts of a block is the mean with its neighbours, two to each side.
 */
const ROWS = { double_blocks: 19, single_blocks: 38 };
const REACH = 2;

/** A row for the registry of families: nothing of it but its blocks is asked for. */
export function deepArchitecture(base) {
  const sides = Object.entries(ROWS).map(([row, count]) =>
    Array.from({ length: count }, (_, n) => `${row}.${n}`),
  );
  return { ...base, id: 'deep', blocks: sides.flat(), optionalBlocks: [], path: sides.flat(), sides };
}

/** @param randomStream of the simulator: the same problems every time */
export function deepProblems(randomStream) {
  return [0, 0.2, 0.4].flatMap((roughness, r) =>
    [1, 2, 3, 4].map((number) =>
      deepProblem(`rough-${roughness}-${number}`, roughness, randomStream(100 * r + number)),
    ),
  );
}

function deepProblem(name, roughness, random) {
  const best = Object.values(ROWS).map((count) => {
    const waves = [1, 2].map((half) => ({ half, height: 0.3 * random(), phase: 2 * Math.PI * random() }));
    return Array.from({ length: count }, (_, n) => {
      const smooth = waves.reduce(
        (sum, { half, height, phase }) => sum + height * Math.cos((Math.PI * half * n) / (count - 1) + phase),
        0.5,
      );
      return Math.min(1, Math.max(0, smooth + roughness * normal(random)));
    });
  });
  const matters = best.flat().map(() => random());
  const truth = (weights) => {
    let at = 0;
    let error = 0;
    for (const row of best) {
      const missed = row.map((value, n) => weights[at + n] - value);
      for (const [n] of row.entries()) {
        const near = missed.slice(Math.max(0, n - REACH), n + REACH + 1);
        error += matters[at + n] * (near.reduce((sum, value) => sum + value, 0) / near.length) ** 2;
      }
      at += row.length;
    }
    return Math.exp(-error);
  };
  const draws = Array.from({ length: 2000 }, () => truth(matters.map(() => random())));
  const randomMean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
  const gain = (value) => (value - randomMean) / (1 - randomMean);
  return { name, group: `made-up, ${name.slice(0, -2)}`, architecture: 'deep', score: truth, truth, gain };
}

/** Box and Muller. */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
