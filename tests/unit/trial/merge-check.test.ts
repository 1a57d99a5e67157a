/** The look at a known merge: what it draws, what it makes of another image, and which iterations are in doubt then. */
import { expect, it } from 'vitest';
import { pixelHash } from '../../../src/images/decode.ts';
import { spreadWeights } from '../../../src/renderers/index.ts';
import { NEVER_ABORTED } from '../../../src/shared/abort/never-aborted.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { MergeCheck } from '../../../src/trial/merge-check.ts';
import type { BlockWeights } from '../../../src/types.ts';
import { TinyRenderer, type TinyRendererOptions } from '../../helpers/tiny-renderer.ts';
import { makeRequest } from '../renderers/make-request.ts';

const request = makeRequest({ width: 32, height: 32 }, { id: 'proof/0', seeds: [9] });
const weights = spreadWeights('sd1');
const half = uniformWeights(0.5, 'sd1');
const other = uniformWeights(0.25, 'sd1');

/** Keeps the last merge in memory, as some servers do. */
class HoldingRenderer extends TinyRenderer {
  merged: BlockWeights | undefined;
}

let pixels = '';
for await (const { bytes } of new TinyRenderer().render({ weights, requests: [request] }, NEVER_ABORTED))
  pixels = await pixelHash(bytes);

/** @param wrong numbers of the images, from 1, that show another merge @param merged what the server holds */
function checkOf(wrong: readonly number[], { every = 0, merged, onRearm }: Setting = {}) {
  let drawn = 0;
  const renderer = new HoldingRenderer({
    merges: (asked) => (wrong.includes(++drawn) ? other : asked),
    ...(onRearm !== undefined && { onRearm }),
  });
  renderer.merged = merged;
  const check = new MergeCheck({ renderer, reference: { request, weights, pixels }, every, hash: pixelHash });
  let odd = 0;
  const look = async (trial?: number) => check.look(trial, NEVER_ABORTED, () => odd++);
  return { check, renderer, look, odd: () => odd, drawn: () => drawn };
}

interface Setting extends Pick<TinyRendererOptions, 'onRearm'> {
  readonly every?: number;
  readonly merged?: BlockWeights;
}

const REASON =
  'The image of a known merge from tiny has changed, so this WebUI no longer merges as requested;';

it.each<[string, readonly number[], BlockWeights | undefined, object, number, number]>([
  ['all is well', [], undefined, { result: 'holds' }, 1, 0],
  ['all is well, also in memory', [], half, { result: 'holds' }, 3, 0],
  ['one image was odd', [1], undefined, { result: 'holds' }, 2, 1],
  ['one image was odd of what is in memory', [3], half, { result: 'holds' }, 4, 1],
  ['it was another one twice', [1, 2], undefined, { result: 'mended', image: 'reference' }, 3, 0],
  ['what is in memory was another one', [3, 4], half, { result: 'mended', image: 'merged' }, 7, 0],
  ['it was another one at first', [1], half, { result: 'mended', image: 'merged' }, 7, 0],
  ['it stays another one', [1, 2, 3, 4], undefined, { result: 'lost', image: 'reference' }, 4, 0],
  ['what is in memory stays another one', [3, 4, 7, 8], half, { result: 'lost', image: 'merged' }, 8, 0],
])('%s', async (_, wrong, merged, expected, images, odd) => {
  const tested = checkOf(wrong, merged === undefined ? {} : { merged });
  expect(await tested.look()).toMatchObject(expected);
  expect([tested.drawn(), tested.odd()]).toEqual([images, odd]);
});

it.each([
  [[], undefined, 'no recorded iteration is unreliable.'],
  [[3], undefined, 'iteration 3 is unreliable.'],
  [[3, 5], undefined, 'iterations 3, 5 are unreliable.'],
  [[3, 5], 5, 'iteration 3 is unreliable.'],
])('of the iterations %j, %s under way, it says: %s', async (noted, trial, words) => {
  const { check, look } = checkOf([1, 2]);
  for (const id of noted) check.note(id);
  expect(check.hasUnverified).toBe(noted.length > 0);
  expect(await look(trial)).toMatchObject({
    trials: noted.filter((id) => id !== trial),
    reason: `${REASON} ${words}`,
  });
  expect(check.hasUnverified).toBe(false);
});

it('is due after so many iterations, or once the server was found again', async () => {
  const { check, renderer, look } = checkOf([], { every: 3 });
  expect([check.isDue(1), check.isStale]).toEqual([false, false]);
  for (const id of [1, 2]) check.note(id);
  expect([check.isDue(2), check.isDue(3)]).toEqual([false, true]);
  await look(3);
  expect(check.isDue(4)).toBe(false);
  await renderer.rearm();
  expect([check.isDue(4), check.isStale]).toEqual([true, true]);
  await look(4);
  expect([check.isDue(5), check.isStale]).toEqual([false, false]);
  const never = checkOf([]).check;
  for (let id = 1; id <= 100; id++) never.note(id);
  expect(never.isDue(101)).toBe(false);
  expect(checkOf([], { every: 1 }).check.isDue(1)).toBe(true);
});

it('is due again where the server still merges no more, and not where it was mended', async () => {
  const mended = checkOf([1, 2]);
  await mended.look();
  expect(mended.check.isStale).toBe(false);
  const lost = checkOf([1, 2, 3, 4]);
  await lost.look();
  expect(lost.check.isStale).toBe(true);
});

it('remembers what it has found where the server fails on the way', async () => {
  let isAway = true;
  const { check, look, drawn } = checkOf([1, 2], {
    onRearm: () => {
      if (isAway) throw new Error('away');
    },
  });
  await expect(look()).rejects.toThrow('away');
  expect([check.isStale, check.isDue(1)]).toEqual([true, true]);
  isAway = false;
  expect(await look()).toMatchObject({ result: 'mended', image: 'reference' });
  // The two wrong ones, and the right one after merging was set up again.
  expect(drawn()).toBe(3);
  expect(check.isStale).toBe(false);
});
