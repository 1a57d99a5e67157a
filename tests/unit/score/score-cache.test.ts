import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { withScoreCache } from '../../../src/score/score-cache.ts';
import type { Scorer, ScoreItem, ScoreResult } from '../../../src/score/scorer.ts';
import { makeItem } from '../../helpers/score-items.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const { signal } = new AbortController();
const first = await makeItem(1);
const second = await makeItem(2);
const third = await makeItem(3);

let folder: string;
let file: string;
beforeEach(() => {
  folder = temporaryFolder('scores');
  file = path.join(folder, 'scores.slow.jsonl');
});

/** Says 0.1 for seed 1, 0.2 for seed 2 …, and counts. */
function slow(
  change: Partial<Scorer> = {},
  judge = (item: ScoreItem): ScoreResult => ({ state: 'scored', value: item.seed / 10, parts: { a: 1 } }),
): { readonly scorer: Scorer; readonly asked: number[] } {
  const asked: number[] = [];
  const scorer: Scorer = {
    id: 'slow',
    version: 'slow/1',
    needsPrompt: false,
    range: { min: 0, max: 1 },
    higherIsBetter: true,
    score: async (items) => {
      asked.push(...items.map(({ seed }) => seed));
      return items.map(judge);
    },
    ...change,
  };
  return { scorer, asked };
}

describe('withScoreCache', () => {
  it('asks for what it does not know, and gives all in order', async () => {
    const { scorer, asked } = slow();
    const cached = withScoreCache(scorer, folder);
    await cached.score([second], signal);
    const results = await cached.score([first, second, third], signal);
    expect(results.map((result) => result.state === 'scored' && result.value)).toEqual([0.1, 0.2, 0.3]);
    expect(asked).toEqual([2, 1, 3]);
  });

  it('asks for the version when it is needed, after what it is made of was read', async () => {
    const order: string[] = [];
    const { scorer } = slow({ identify: async () => void order.push('identify') });
    Object.defineProperty(scorer, 'version', {
      get: () => {
        order.push('version');
        return 'slow/1';
      },
    });
    const cached = withScoreCache(scorer, folder);
    expect(order).toEqual([]);
    await cached.identify?.(signal);
    expect(cached.version).toBe('slow/1');
    await cached.score([first, second], signal);
    expect(order).toEqual(['identify', 'version']);
  });

  it('remembers over processes', async () => {
    await withScoreCache(slow().scorer, folder).score([first, second], signal);
    const { scorer, asked } = slow();
    expect(await withScoreCache(scorer, folder).score([second, first], signal)).toEqual([
      { state: 'scored', value: 0.2 },
      { state: 'scored', value: 0.1 },
    ]);
    expect(asked).toEqual([]);
  });

  it.each<[string, Partial<Scorer>, Partial<ScoreItem>, boolean]>([
    ['another version', { version: 'slow/2' }, {}, true],
    ['another seed and payload of the same pixels', {}, { seed: 9, payload: 'x', infotext: 'y' }, false],
    ['another prompt that it does not look at', {}, { prompt: 'a barn' }, false],
    ['another prompt', { needsPrompt: true }, { prompt: 'a barn' }, true],
    ['another negative prompt', { needsPrompt: true }, { negativePrompt: 'sharp' }, true],
    ['other pixels', {}, { pixels: second.pixels }, true],
  ])('%s', async (_, traits, change, isAskedAgain) => {
    const before = slow(traits.needsPrompt === true ? { needsPrompt: true } : {});
    await withScoreCache(before.scorer, folder).score([first], signal);
    const { scorer, asked } = slow(traits);
    await withScoreCache(scorer, folder).score([{ ...first, ...change }], signal);
    expect(asked.length > 0).toBe(isAskedAgain);
  });

  it('keeps no failure, nothing invalid and nothing that is no number', async () => {
    const invalid = slow({}, () => ({ state: 'invalid', reason: 'black' }));
    const cached = withScoreCache(invalid.scorer, folder);
    await cached.score([first], signal);
    await cached.score([first], signal);
    expect(invalid.asked).toEqual([1, 1]);
    const broken = slow({}, () => ({ state: 'scored', value: Number.NaN }));
    await withScoreCache(broken.scorer, folder).score([first], signal);
    const failing = slow({ score: async () => Promise.reject(new Error('gone')) });
    await expect(withScoreCache(failing.scorer, folder).score([first], signal)).rejects.toThrow('gone');
    expect(existsSync(file)).toBe(false);
  });

  it('passes on what breaks the contract', async () => {
    const broken = slow({ score: async () => [] });
    expect(await withScoreCache(broken.scorer, folder).score([first], signal)).toEqual([]);
  });

  it('takes no notice of damaged lines, and appends behind a torn one', async () => {
    await withScoreCache(slow().scorer, folder).score([first], signal);
    appendFileSync(file, '\nnonsense\n{"key":"0","value":1}\n{"key":"ab","val');
    await withScoreCache(slow().scorer, folder).score([second], signal);
    const { scorer, asked } = slow();
    await withScoreCache(scorer, folder).score([first, second], signal);
    expect(asked).toEqual([]);
  });

  it('is bounded: the older half goes', async () => {
    const many = await Promise.all(Array.from({ length: 10 }, (_, seed) => makeItem(seed + 10)));
    await withScoreCache(slow({ range: { min: 0, max: 9 } }).scorer, folder).score(many, signal);
    const size = statSync(file).size;
    const { scorer, asked } = slow();
    await withScoreCache(scorer, folder, size - 1).score(many.slice(-2), signal);
    expect(asked).toEqual([]);
    expect(statSync(file).size).toBeLessThan(0.6 * size);
    const later = slow();
    await withScoreCache(later.scorer, folder).score(many, signal);
    expect(later.asked).toEqual([10, 11, 12, 13, 14]);
  });

  it('shares its file with other processes', async () => {
    const one = withScoreCache(slow().scorer, folder);
    const other = withScoreCache(slow().scorer, folder);
    await Promise.all([one.score([first], signal), other.score([second], signal)]);
    await Promise.all([one.score([third], signal), other.score([third], signal)]);
    const { scorer, asked } = slow();
    await withScoreCache(scorer, folder).score([first, second, third], signal);
    expect(asked).toEqual([]);
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(4);
  });

  it('does without where the folder cannot be written', async () => {
    const blocked = path.join(folder, 'a file');
    writeFileSync(blocked, '');
    const { scorer } = slow();
    expect(await withScoreCache(scorer, blocked).score([first], signal)).toMatchObject([{ value: 0.1 }]);
  });

  it('opens and closes what is below', async () => {
    const calls: string[] = [];
    const { scorer } = slow({
      open: async () => void calls.push('open'),
      close: async () => void calls.push('close'),
    });
    const cached = withScoreCache(scorer, folder);
    await cached.open?.(signal);
    await cached.close?.();
    expect(calls).toEqual(['open', 'close']);
  });
});
