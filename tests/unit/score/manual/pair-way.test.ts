import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { hashPixels } from '../../../../src/images/decode.ts';
import { createManualScorer } from '../../../../src/score/manual/manual-scorer.ts';
import { pairWay } from '../../../../src/score/manual/pair-way.ts';
import { parsePairAnswer } from '../../../../src/score/manual/answer.ts';
import type { MeasuredImages, Scorer, ScoreItem } from '../../../../src/score/scorer.ts';
import type { RaterAnswer } from '../../../../src/types.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';
import { makeRater, type Rater } from '../../../helpers/rater.ts';
import { makeItem } from '../../../helpers/score-items.ts';

const { signal } = new AbortController();
const earlier = await makeItem(1);
const items = await Promise.all(
  [0, 1, 2].map(async (index) => makeItem(index + 2, { place: { trial: 2, request: 'coast/0', index } })),
);

/** A search whose first trial has an image for each of the three. */
function measured(change: Partial<MeasuredImages> = {}): MeasuredImages & { kept: RaterAnswer[] } {
  const kept: RaterAnswer[] = [];
  const pixels = hashPixels(earlier.pixels);
  return {
    kept,
    has: (request) => request === 'coast/0',
    trials: () => [{ id: 1, images: [0, 1, 2].map((index) => ({ request: 'coast/0', index, pixels })) }],
    read: async () => earlier.bytes,
    recall: () => undefined,
    keep: (_, answer) => void kept.push(answer),
    ...change,
  };
}

const seated = new Set<Scorer>();
afterEach(async () => {
  for (const scorer of seated) await scorer.close?.();
  seated.clear();
});
function seat(rater: Rater, images: MeasuredImages): Scorer {
  const scorer = createManualScorer(() => rater.terminal, pairWay());
  scorer.follow?.(images);
  seated.add(scorer);
  return scorer;
}
const outcomesOf = async (
  answers: readonly string[],
  images = measured(),
  of: readonly ScoreItem[] = items,
) => {
  const rater = makeRater(answers);
  const results = await seat(rater, images).score(of, signal);
  const said = results.map((result) => (result.state === 'scored' ? result.answer : undefined));
  return {
    rater,
    results,
    outcomes: said.map((one) => (one !== undefined && 'outcome' in one ? one.outcome : undefined)),
  };
};

describe('the scorer that compares', () => {
  it('shows both images, each time in an order that says nothing', async () => {
    const { rater, outcomes } = await outcomesOf(['1', '1', '1']);
    expect(rater.screen().match(/file [12] {2}\S+\.png/g)).toHaveLength(6);
    const again = await outcomesOf(['1', '1', '1']);
    expect(again.outcomes).toEqual(outcomes);
    const others = await Promise.all(
      Array.from({ length: 12 }, async (_, i) =>
        makeItem(i + 9, { place: { trial: 2, request: 'coast/0', index: 0 } }),
      ),
    );
    const signs = (
      await outcomesOf(
        Array.from({ length: 12 }, () => '1'),
        measured(),
        others,
      )
    ).outcomes;
    expect(new Set(signs)).toEqual(new Set([-1, 1]));
  });

  it('turns what was typed into how much better the new image is', async () => {
    const { outcomes: straight } = await outcomesOf(['1', '11', '=']);
    const { outcomes: turned } = await outcomesOf(['2', '22', '0']);
    expect(straight.map((outcome) => Math.abs(outcome ?? 9))).toEqual([1, 2, 0]);
    for (const [i, outcome] of turned.entries()) expect(outcome).toBeCloseTo(-(straight[i] ?? 9));
  });

  it('takes an answer back, which then counts for nothing', async () => {
    const images = measured();
    const { outcomes, rater } = await outcomesOf(['11', 'u', '22', '1', '1'], images);
    expect(rater.asked()).toBe(5);
    const { outcomes: plain } = await outcomesOf(['22', '1', '1']);
    expect(outcomes).toEqual(plain);
    expect(images.kept).toHaveLength(3);
  });

  it('keeps what was said before q', async () => {
    const images = measured();
    await expect(seat(makeRater(['1', '2', 'q']), images).score(items, signal)).rejects.toMatchObject({
      code: 'manual-aborted',
    });
    expect(images.kept).toHaveLength(2);
  });

  it('hands on that an answer could not be kept', async () => {
    const full = new Error('the disk is full');
    const keep = (): never => {
      throw full;
    };
    await expect(outcomesOf(['1', '1', '1'], measured({ keep }))).rejects.toBe(full);
  });

  it('does not ask again what was said before', async () => {
    const answer = { against: 1, outcome: 2 };
    const { rater, outcomes } = await outcomesOf([], measured({ recall: () => answer }));
    expect(rater.asked()).toBe(0);
    expect(outcomes).toEqual([2, 2, 2]);
  });

  it('does not ask again what was said before a kill, and remembers which image it was compared with', async () => {
    const journal = path.join(temporaryFolder('pairs'), 'O.journal.jsonl');
    await new Promise<void>((resolve) => {
      const rater = makeRater(['1', '22'], { onQuestion: (number) => number === 3 && setImmediate(resolve) });
      const killed = seat(rater, measured());
      killed.attach?.(journal);
      killed.score(items, signal).catch(() => undefined);
    });
    const rater = makeRater(['=']);
    const again = seat(rater, measured());
    again.attach?.(journal);
    const whole = await outcomesOf(['1', '22', '=']);
    expect(await again.score(items, signal)).toEqual(whole.results);
    expect(rater.asked()).toBe(1);
  });

  it('asks nothing of the first trial', async () => {
    const { rater, results } = await outcomesOf([], measured({ trials: () => [] }));
    expect(rater.asked()).toBe(0);
    expect(results).toEqual(items.map(() => ({ state: 'scored', value: 5 })));
  });

  it('asks for a rating where the other image is gone', async () => {
    const { rater, results } = await outcomesOf(['9', '5', '1'], measured({ read: async () => undefined }));
    expect(
      rater.screen().match(/There is no earlier image to compare with \(--save-images all keeps them\)/g),
    ).toHaveLength(3);
    expect(results).toMatchObject([9, 5, 1].map((rating) => ({ answer: { rating } })));
  });

  it.each([
    ['belong to no search', { place: undefined }],
    ['are of another request', { place: { trial: 2, request: 'fresh/0', index: 0 } }],
  ])('rates images that %s', async (_, { place }) => {
    const [item] = items;
    if (item === undefined) throw new Error('there is no item');
    const { place: __, ...rest } = item;
    const of = [{ ...rest, ...(place !== undefined && { place }) }];
    const { results } = await outcomesOf(['7'], measured(), of);
    expect(results).toEqual([{ state: 'scored', value: 7 }]);
  });

  it('shows both in a terminal that can', async () => {
    const rater = makeRater(['1'], { env: { TERM: 'xterm-kitty' } });
    await seat(rater, measured()).score(items.slice(0, 1), signal);
    // eslint-disable-next-line no-control-regex
    expect(rater.screen().match(/\u001B_Ga=T,f=100/g)).toHaveLength(2);
  });

  it('says what it understands', async () => {
    const { rater } = await outcomesOf(['3', 'better', '', '1', '1', '1']);
    expect(rater.screen().match(/Give 1 or 2/g)).toHaveLength(3);
  });
});

describe('parsePairAnswer', () => {
  it.each([
    ['1', 1],
    [' 22 ', -2],
    ['11', 2],
    ['2', -1],
    ['=', 0],
    ['0', 0],
  ])('%j is %d', (text, first) => {
    expect(parsePairAnswer(text)).toEqual({ kind: 'outcome', first });
  });

  it('knows the keys, and nothing else', () => {
    expect(['s', 'U', 'quit', '111', '12', '7', ''].map((text) => parsePairAnswer(text).kind)).toEqual([
      'skip',
      'undo',
      'quit',
      'unclear',
      'unclear',
      'unclear',
      'unclear',
    ]);
  });
});
