/**
 * Test functions in the style of COCO/BBOB on the unit cube: shifted (and where it matters scaled), to be maximised, best value 0.
 * The optimum lies at a random place away from the middle, so that no start is favoured.
 */
const FUNCTIONS = {
  sphere: (z) => sum(z, (v) => v * v),
  ellipsoid: (z) => sum(z, (v, i) => 1000 ** (i / Math.max(1, z.length - 1)) * v * v),
  rastrigin: (z) => sum(z, (v) => 10 + (5 * v) ** 2 - 10 * Math.cos(2 * Math.PI * 5 * v)),
  rosenbrock: (z) =>
    sum(z.slice(1), (v, i) => 100 * (2 * v + 1 - (2 * z[i] + 1) ** 2) ** 2 + (2 * z[i]) ** 2),
  ackley: (z) =>
    20 +
    Math.E -
    20 * Math.exp(-0.2 * Math.sqrt(sum(z, (v) => (8 * v) ** 2) / z.length)) -
    Math.exp(sum(z, (v) => Math.cos(2 * Math.PI * 8 * v)) / z.length),
  step: (z) => sum(z, (v) => Math.floor(Math.abs(6 * v) + 0.5) ** 2) + 0.01 * sum(z, (v) => v * v),
};

export const functionNames = Object.keys(FUNCTIONS);

/**
 * @param noise standard deviation as a share of the spread of random points
 * @returns `truth(x)`, `score(x)` (truth plus noise that is fixed by the point), `randomRegret`
 */
export function makeFunction(name, size, noise, seed) {
  const random = mulberry(seed * 7919 + size * 31 + functionNames.indexOf(name));
  const shift = Array.from({ length: size }, () => 0.15 + 0.7 * random());
  const order = Array.from({ length: size }, (_, i) => i).sort(() => random() - 0.5);
  const f = FUNCTIONS[name];
  const truth = (x) => -f(order.map((i) => x[i] - shift[i]));
  const sample = Array.from({ length: 500 }, () => truth(Array.from({ length: size }, random)));
  const mean = sum(sample, (v) => v) / sample.length;
  const sd = Math.sqrt(sum(sample, (v) => (v - mean) ** 2) / sample.length);
  const score = (x) => (noise === 0 ? truth(x) : truth(x) + noise * sd * gaussian(x, seed));
  return { name, size, noise, truth, score, randomRegret: -mean, atMiddle: truth(shift.map(() => 0.5)) };
}

function gaussian(x, seed) {
  let h = seed | 0;
  for (const v of x) h = Math.imul(h ^ Math.round(v * 1e6), 0x9e3779b1) ^ (h >>> 15);
  const random = mulberry(h);
  random();
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function sum(values, f) {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += f(values[i], i);
  return total;
}

function mulberry(seed) {
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
