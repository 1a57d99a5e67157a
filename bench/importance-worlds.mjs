/**
 * Worlds in which known blocks were made important: sums of functions of single weights, products of two, and optima inside the
 * range, over 27 weights between 0 and 1. Their pictures are noisy as those of real merges are: easy and hard ones, and each with a
 * taste of its own that changes smoothly from merge to merge.
 */

const SIZE = 27;
const PICTURES = 48;

/** Name, how many blocks matter (27: all, the last hardly), how they do, noise of one picture over the spread between merges. */
const KINDS = [
  ['3 slopes', 3, 'slope', 0.5],
  ['6 slopes', 6, 'slope', 1],
  ['10 slopes', 10, 'slope', 1],
  ['3 inner optima', 3, 'inner', 0.5],
  ['6 inner optima', 6, 'inner', 1],
  ['6 mixed, pairs', 6, 'pairs', 0.5],
  ['10 mixed, pairs', 10, 'pairs', 1],
  ['27 mixed, pairs', 27, 'pairs', 0.5],
  ['27 slopes', 27, 'slope', 1],
  ['6 mixed, pairs, much noise', 6, 'pairs', 2],
];

/** @param seeds of every kind another world each */
export function makeWorlds(seeds, factor = 1) {
  return KINDS.flatMap(([kind, ...how], k) =>
    seeds.map((seed) => ({
      ...makeWorld(how[0], how[1], how[2] * factor, 1000 * k + seed),
      name: `${kind} #${seed}`,
      kind,
      seed,
    })),
  );
}

function makeWorld(count, shape, noise, seed) {
  const random = uniform(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const order = Array.from({ length: SIZE }, (_, d) => [random(), d])
    .sort(([a], [b]) => a - b)
    .map(([, d]) => d);
  const important = order.slice(0, count);
  // Each matters less than the one before, the last of them with a tenth of the first one's variance.
  const terms = important.map((d, rank) => {
    const size = (random() < 0.5 ? -1 : 1) * 10 ** (-0.5 * (rank / Math.max(1, count - 1)));
    const inner = shape === 'inner' || (shape === 'pairs' && random() < 0.4);
    const top = 0.15 + 0.7 * random();
    return inner
      ? { d, f: (x) => -Math.abs(size) * 3.35 * Math.abs(x - top) ** 1.5 * 1.5 }
      : { d, f: (x) => size * Math.sqrt(12) * (x - 0.5) };
  });
  const pairs =
    shape === 'pairs'
      ? Array.from({ length: Math.ceil(count / 3) }, () => {
          const [a, b] = [0, 1].map(() => Math.floor(random() * Math.min(count, 8)));
          const other = a === b ? (a + 1) % Math.min(count, 8) : b;
          return { a: important[a], b: important[other], size: 0.5 * normal() * 12 };
        })
      : [];
  const effects = effectsOf(terms, pairs);
  const raw = (x) => {
    let value = 0;
    for (const { d, f } of terms) value += f(x[d]);
    for (const { a, b, size } of pairs) value += size * (x[a] - 0.5) * (x[b] - 0.5);
    return value;
  };
  const sample = Array.from({ length: 4000 }, () => raw(Array.from({ length: SIZE }, random)));
  const mean = sample.reduce((sum, value) => sum + value, 0) / sample.length;
  const spread = Math.sqrt(sample.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sample.length);
  const truth = (x) => 0.5 + (0.1 * (raw(x) - mean)) / spread;

  const WAVES = 24;
  const own = Array.from({ length: PICTURES }, () => ({
    ease: normal(),
    waves: Array.from({ length: WAVES }, () => ({
      w: Array.from({ length: SIZE }, () => 1.2 * normal()),
      phase: 2 * Math.PI * random(),
    })),
  }));
  const picture = (x, p) => {
    const { ease, waves } = own[p];
    let smooth = 0;
    for (const { w, phase } of waves) {
      let angle = phase;
      for (let d = 0; d < SIZE; d++) angle += w[d] * x[d];
      smooth += Math.cos(angle);
    }
    smooth *= Math.sqrt(2 / WAVES);
    // The rest is each merge's own, but the same whenever that merge is drawn.
    const rough = uniform(Math.round(1e6 * x.reduce((sum, value, d) => sum + value * (d + 1.37) ** 2, p)));
    rough();
    const luck = Math.sqrt(12) * (rough() - 0.5);
    return truth(x) + 0.1 * (0.5 * ease + noise * (0.8 * smooth + 0.6 * luck));
  };
  return { size: SIZE, pictures: PICTURES, truth, picture, effects };
}

/** Exact: single functions by the midpoint rule, products of two centred weights by hand. */
function effectsOf(terms, pairs) {
  const first = Array.from({ length: SIZE }, () => 0);
  const POINTS = 2000;
  for (const { d, f } of terms) {
    const values = Array.from({ length: POINTS }, (_, i) => f((i + 0.5) / POINTS));
    const mean = values.reduce((sum, value) => sum + value, 0) / POINTS;
    first[d] += values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / POINTS;
  }
  const products = new Map();
  for (const { a, b, size } of pairs) {
    const key = [a, b].sort((one, other) => one - other).join();
    products.set(key, (products.get(key) ?? 0) + size);
  }
  const total = [...first];
  let sum = first.reduce((all, one) => all + one, 0);
  for (const [key, size] of products) {
    for (const d of key.split(',').map(Number)) total[d] += size ** 2 / 144;
    sum += size ** 2 / 144;
  }
  const share = (value) => value / sum;
  const pairShares = Object.fromEntries([...products].map(([key, size]) => [key, size ** 2 / 144 / sum]));
  return { first: first.map(share), total: total.map(share), pairs: pairShares };
}

/** Numbers from 0 to 1 of a seed (mulberry32). */
function uniform(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * True total and first-order effects of a function of the cube: Jansen's estimators, as in Saltelli et al. 2010, with so many
 * merges that their own error does not matter.
 */
export function trueEffects(f, size, seed = 1, count = 8192) {
  const random = uniform(seed);
  const draw = () => Array.from({ length: count }, () => Array.from({ length: size }, random));
  const [A, B] = [draw(), draw()];
  const [fA, fB] = [A.map(f), B.map(f)];
  const all = [...fA, ...fB];
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length;
  const total = [];
  const first = [];
  for (let d = 0; d < size; d++) {
    let [t, v] = [0, 0];
    for (let i = 0; i < count; i++) {
      const value = f(A[i].with(d, B[i][d]));
      t += (fA[i] - value) ** 2;
      v += (fB[i] - value) ** 2;
    }
    total.push(t / (2 * count * variance));
    first.push(1 - v / (2 * count * variance));
  }
  return { total, first, variance };
}
