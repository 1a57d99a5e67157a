/** Records of a run whose scores follow from its weights. */
import type { JournalRecord } from '../../src/journal/record.ts';
import { createRng } from '../../src/optimizers/math/rng.ts';
import { decode } from '../../src/space/space.ts';
import type { BaselineName, BlockWeights } from '../../src/types.ts';
import { reportPlan } from './make-report-run.ts';

const time = { at: '2026-01-01T00:00:00.000Z', evaluation: 9, iteration: 10 };

/** The baselines first, then random points on the grid. @param count iterations */
export function blockJournal(count: number, score: (weights: BlockWeights) => number): JournalRecord[] {
  const plan = reportPlan();
  const { space } = plan;
  const random = createRng(5, count);
  const records: JournalRecord[] = [
    { kind: 'plan', version: 1, plan, recipe: 'recipes/O.recipe.txt', time: { at: time.at } },
  ];
  let trial = 0;
  const add = (point: readonly number[], baseline?: BaselineName): void => {
    trial++;
    const weights = decode(space, point);
    const found = score(weights);
    const image = {
      request: 'p/0',
      index: 0,
      payload: 'p',
      seed: 1,
      score: found,
      raw: {},
      pixels: String(trial).padStart(64, '0'),
      seconds: 1,
    };
    records.push(
      {
        kind: 'asked',
        trial,
        origin: baseline === undefined ? 'optimizer' : 'queued',
        ...(baseline !== undefined && { baseline }),
        point: [...point],
        weights,
      },
      { kind: 'scored', trial, score: found, images: [image], time },
    );
  };
  for (const [baseline, weight] of [
    ['A', 0],
    ['B', 1],
    ['half', 0.5],
  ] as const)
    add(
      space.dimensions.map(() => weight),
      baseline,
    );
  for (let i = 0; i < count; i++) add(space.dimensions.map(() => random.integer(11) / 10));
  return records;
}
