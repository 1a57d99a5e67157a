/**
 * The part of the grid that the Python tool's Bayesian optimizer searches, as far as it can be repeated: drawn once, 12 of the
 * 27 blocks frozen to one value and two values in the others.
 */
const FROZEN = 12;
const STEPS = 10;

/** @returns the dimensions that are left, and a function from their values to those of all `names` */
export function subGrid(names, seed, { randomStream, hashText }) {
  const random = randomStream(hashText(`sub-grid|${seed}`));
  const step = () => Math.floor((STEPS + 1) * random());
  const shuffled = names.map((name) => ({ name, lot: random() })).toSorted((p, q) => p.lot - q.lot);
  const frozen = new Map(shuffled.slice(0, FROZEN).map(({ name }) => [name, step() / STEPS]));
  const free = names.filter((name) => !frozen.has(name));
  const dimensions = free.map((name) => {
    const low = step();
    const other = (low + 1 + Math.floor(STEPS * random())) % (STEPS + 1);
    return { name, low: Math.min(low, other) / STEPS, high: Math.max(low, other) / STEPS, intervals: 1 };
  });
  const expand = (values) => names.map((name) => frozen.get(name) ?? values[free.indexOf(name)]);
  return { dimensions, expand };
}
