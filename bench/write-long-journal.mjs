// A journal as a very long search leaves it, made from a recorded one: its plan, its records, other numbers.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const RECORDED = path.resolve(
  import.meta.dirname,
  '../tests/fixtures/journals/main-2026-11-images.journal.jsonl',
);

/**
 * Written below `folder`, as a search does.
 * @param settings `dimensions`: searched weights, at most 27; `images`: of every trial; `isUneven`: every third trial has half of them
 * @returns the file, and the lines that one more trial would add
 */
export function writeLongJournal(folder, { trials, dimensions, images, isUneven = false }) {
  const lines = readFileSync(RECORDED, 'utf8').trimEnd().split('\n');
  const recorded = lines.map((line) => JSON.parse(line));
  const [first, check] = recorded;
  /** In the order in which every run writes them. */
  const blocks = Object.keys(recorded.find(({ kind }) => kind === 'asked').weights);
  const random = mulberry32(dimensions);
  const { plan } = first;
  const [request] = plan.requests;
  plan.requests = Array.from({ length: images }, (_, i) => ({
    ...request,
    id: `hills/${i}`,
    seeds: [7 + i],
    body: { ...request.body, seed: 7 + i },
  }));
  plan.config = { ...plan.config, iterations: trials + 1, imagesPerTrial: isUneven ? 'auto' : images };
  plan.imageOrder = plan.requests.map(({ id }) => ({ request: id, index: 0 }));
  for (const dimension of plan.space.dimensions.slice(dimensions))
    for (const block of dimension.blocks) plan.space.fixed = { ...plan.space.fixed, [block]: 0 };
  plan.space.dimensions = plan.space.dimensions.slice(0, dimensions);

  const records = [first, check];
  let best = 0;
  const trialRecords = (trial) => {
    // It comes closer to a point, as a search does.
    const spread = 0.05 + 0.95 * Math.exp((-4 * trial) / trials);
    const point = plan.space.dimensions.map((_, d) =>
      round(Math.min(1, Math.max(0, 0.3 + 0.4 * Math.sin(d) + spread * (random() - 0.5)))),
    );
    const values = { ...plan.space.fixed };
    for (const [d, dimension] of plan.space.dimensions.entries())
      for (const block of dimension.blocks) values[block] = point[d];
    const weights = Object.fromEntries(blocks.map((block) => [block, values[block]]));
    const wanted = isUneven && trial % 3 !== 0 ? Math.ceil(images / 2) : images;
    const quality = 0.6 - 0.3 * spread * random();
    const made = plan.requests.slice(0, wanted).map(({ id, payload, seeds: [seed] }) => {
      const score = quality + 0.1 * (random() - 0.5);
      const pixels = createHash('sha256').update(`${trial} ${id}`).digest('hex');
      return {
        request: id,
        index: 0,
        payload,
        seed,
        score,
        raw: { quality: score },
        pixels,
        seconds: 5 * random(),
      };
    });
    const score = made.reduce((sum, image) => sum + image.score, 0) / made.length;
    best = Math.max(best, score);
    const at = new Date(Date.UTC(2026, 0, 1) + trial * 60_000).toISOString();
    return [
      { kind: 'asked', trial, origin: 'optimizer', point, weights, images: wanted },
      { kind: 'scored', trial, score, images: made, time: { at, evaluation: 58, iteration: 60 } },
    ];
  };
  for (let trial = 1; trial <= trials; trial++) records.push(...trialRecords(trial));
  const file = path.join(folder, 'csv/history/A - B/O-0-2026-11-20-10-00-00.journal.jsonl');
  mkdirSync(path.dirname(file), { recursive: true });
  const text = (some) => some.map((record) => `${JSON.stringify(record)}\n`).join('');
  writeFileSync(file, text(records));
  return { file, more: (trial) => text(trialRecords(trial)) };
}

function round(value) {
  return Math.round(value * 100) / 100;
}

/** A small generator of random numbers from 0 to 1 with a seed. */
function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
