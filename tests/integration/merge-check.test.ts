/** A server that stops merging in the middle of a run, with nothing in its replies to tell. */
import { describe, expect, it } from 'vitest';
import { parseJournal } from '../../src/journal/read.ts';
import type { JournalRecord } from '../../src/journal/record.ts';
import { ofKind } from '../helpers/simulated-search.ts';
import { webuiError } from '../../src/renderers/index.ts';
import { resumeTiny, searchTiny, timelessJournal } from '../helpers/run-search.ts';
import type { SearchResult } from '../helpers/run-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';
import type { BlockWeights } from '../../src/types.ts';
import { blocksOf } from '../../src/architectures/registry.ts';
import { spreadWeights } from '../../src/renderers/prove.ts';

const CONFIG = { check: true, checkEvery: 3, iterations: 9, intervals: 10, retries: 2 };
/** Images of the proof and of a trial. */
const PROOF = 5;
const TRIAL = 2;

const recordsOf = ({ journalText }: SearchResult): readonly JournalRecord[] =>
  parseJournal(journalText, 'x').records;
const KNOWN = spreadWeights('sd1');
const isKnown = (weights: BlockWeights): boolean => JSON.stringify(weights) === JSON.stringify(KNOWN);

/** Merges half of what is asked from the image of this number on, until it is rearmed. */
function lying(from: number, isCured = true): TinyRenderer {
  let lies = true;
  const renderer: TinyRenderer = new TinyRenderer({
    merges: (weights) =>
      lies && renderer.images >= from
        ? Object.fromEntries(Object.entries(weights).map(([block, weight]) => [block, weight / 2]))
        : weights,
    onRearm: () => {
      lies = !isCured;
    },
  });
  return renderer;
}

const honest = await searchTiny({ config: CONFIG });

describe('the reference image', () => {
  it('costs a tiny image every few iterations, and changes nothing while all is well', async () => {
    const looks: BlockWeights[] = [];
    const renderer = new TinyRenderer({ onImage: (weights) => void looks.push(weights) });
    const result = await searchTiny({ renderers: [renderer], config: CONFIG });
    // After the third and the sixth iteration, and the ninth before the end.
    expect(looks.slice(PROOF).filter(isKnown)).toHaveLength(3);
    expect(renderer.images).toBe(PROOF + 9 * TRIAL + 3);
    expect(result.csv).toBe(honest.csv);
    expect(renderer.calls).not.toContain('rearm');
  });

  it('is left alone with --no-check, and between the ends with --check-every 0', async () => {
    const unchecked = new TinyRenderer();
    await searchTiny({ renderers: [unchecked], config: { ...CONFIG, check: false } });
    expect(unchecked.images).toBe(9 * TRIAL);
    const rarely = new TinyRenderer();
    await searchTiny({ renderers: [rarely], config: { ...CONFIG, checkEvery: 0 } });
    expect(rarely.images).toBe(PROOF + 9 * TRIAL + 1);
  });

  it('takes scores back that it does not vouch for, and has them measured again', async () => {
    // Sound: three iterations and their look; the fifth, sixth and the look after it are not.
    const from = PROOF + 3 * TRIAL + 1 + TRIAL;
    const result = await searchTiny({ renderers: [lying(from)], config: CONFIG });
    const records = recordsOf(result);
    const [doubted] = ofKind(records, 'doubted');
    expect(doubted?.trials).toEqual([4, 5]);
    expect(doubted?.reason).toMatch(
      /^The image of a known merge from tiny.*no longer merges as requested; iterations 4, 5 are unreliable\.$/,
    );
    expect(result.summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 9, failed: 0 });
    // Their points come again, now with the scores of an honest server.
    const asked = new Map(ofKind(records, 'asked').map((record) => [record.trial, record]));
    const again = ofKind(records, 'asked').filter(({ origin }) => origin === 'queued');
    expect(again.map(({ weights }) => weights)).toEqual([4, 5].map((trial) => asked.get(trial)?.weights));
    const scores = (all: readonly JournalRecord[], trials: readonly number[]): unknown[] =>
      trials.map((trial) => ofKind(all, 'scored').find((record) => record.trial === trial)?.score);
    expect(
      scores(
        records,
        again.map(({ trial }) => trial),
      ),
    ).toEqual(scores(recordsOf(honest), [4, 5]));
    // The sixth was under way: its images were thrown away and made again.
    expect(scores(records, [6])).toEqual(scores(recordsOf(honest), [6]));
    expect(result.csv.split('\n').filter((row) => row.endsWith('NaN'))).toHaveLength(2);
  });

  it('is drawn a second time before anything is doubted: one odd image is none of the merge', async () => {
    const odd = PROOF + 3 * TRIAL;
    const renderer: TinyRenderer = new TinyRenderer({
      merges: (weights) =>
        renderer.images === odd
          ? Object.fromEntries(Object.entries(weights).map(([block, weight]) => [block, weight / 2]))
          : weights,
    });
    const result = await searchTiny({ renderers: [renderer], config: CONFIG });
    expect(ofKind(recordsOf(result), 'doubted')).toEqual([]);
    expect(renderer.calls).not.toContain('rearm');
    expect(renderer.images).toBe(PROOF + 9 * TRIAL + 3 + 1);
    expect(result.csv).toBe(honest.csv);
  });

  it('is written down the same way every time', async () => {
    const from = PROOF + 3 * TRIAL + 1 + TRIAL;
    const [one, two] = [
      await searchTiny({ renderers: [lying(from)], config: CONFIG }),
      await searchTiny({ renderers: [lying(from)], config: CONFIG }),
    ];
    expect(timelessJournal(one.journalText, one.folder)).toBe(timelessJournal(two.journalText, two.folder));
  });

  it('ends a run that cannot be mended, and the doubted iterations are measured after the resume', async () => {
    const result = await searchTiny({ renderers: [lying(PROOF + TRIAL, false)], config: CONFIG });
    expect(result.summary.reason).toMatchObject({
      code: 'error',
      message: expect.stringContaining('restart the WebUI'),
    });
    expect(result.summary.best?.trial).toBeUndefined();
    const resumed = await resumeTiny(result.journal, { config: {} });
    expect(resumed.summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 9, failed: 0 });
    const weights = (all: readonly JournalRecord[]): unknown[] =>
      ofKind(all, 'asked').map((record) => JSON.stringify(record.weights));
    const doubted = ofKind(recordsOf(resumed), 'doubted').flatMap(({ trials }) => trials);
    expect(doubted).toEqual([1, 2]);
    expect(new Set(weights(recordsOf(resumed)).slice(3)).has(weights(recordsOf(honest))[0])).toBe(true);
  });

  it('comes first where the server was found again: one that merges no more draws nothing else', async () => {
    const before = PROOF + TRIAL + 1;
    let isLost = false;
    const renderer: TinyRenderer = new TinyRenderer({
      failAt: () => {
        if (isLost || renderer.images < before) return undefined;
        isLost = true;
        return webuiError('webui-lost', 'It was restarted.');
      },
      merges: (weights) => (isLost ? { ...weights, IN05: 0 } : weights),
    });
    const result = await searchTiny({ renderers: [renderer], config: CONFIG });
    expect(result.summary).toMatchObject({ reason: { code: 'error' }, canResume: true });
    expect(ofKind(recordsOf(result), 'doubted').map(({ trials }) => trials)).toEqual([[1]]);
    // Twice each, before merging was set up again and after.
    expect(renderer.images).toBe(before + 4);
  });

  it('goes on where merging works once it was set up a second time', async () => {
    const before = PROOF + TRIAL + 1;
    let isLost = false;
    let setUp = 0;
    const renderer: TinyRenderer = new TinyRenderer({
      failAt: () => {
        if (isLost || renderer.images < before) return undefined;
        isLost = true;
        return webuiError('webui-lost', 'It was restarted.');
      },
      onRearm: () => setUp++,
      merges: (weights) => (isLost && setUp < 2 ? { ...weights, IN05: 0 } : weights),
    });
    const result = await searchTiny({ renderers: [renderer], config: CONFIG });
    expect(result.summary).toMatchObject({ reason: { code: 'iterations' }, failed: 0 });
    expect(ofKind(recordsOf(result), 'doubted').map(({ trials }) => trials)).toEqual([[1]]);
    expect(setUp).toBe(2);
  });

  it('is looked at before a run ends, so that the last scores count', async () => {
    const from = PROOF + 9 * TRIAL + 2 - TRIAL;
    const result = await searchTiny({ renderers: [lying(from)], config: { ...CONFIG, checkEvery: 4 } });
    expect(ofKind(recordsOf(result), 'doubted').map(({ trials }) => trials)).toEqual([[9]]);
    expect(result.summary).toMatchObject({ reason: { code: 'iterations' }, iterations: 9 });
  });
});

describe('a merge that stays in the server’s memory', () => {
  /** Computes only the blocks that change, from what it believes; what a stranger has put there stays until then. */
  function remembering(spoilAt: number, oddAt = -1): { renderer: TinyRenderer; spoilt: () => number } {
    let believed: BlockWeights = {};
    let held: Record<string, number> = {};
    let spoilt = 0;
    const renderer: TinyRenderer = new TinyRenderer({
      merges: (weights) => {
        if (renderer.images === spoilAt) {
          held = Object.fromEntries(Object.keys(held).map((block) => [block, 0]));
          spoilt++;
        }
        for (const [block, weight] of Object.entries(weights)) {
          if (believed[block as 'OUT'] !== weight) held[block] = weight;
        }
        believed = weights;
        if (renderer.images === oddAt) return {};
        return { ...held };
      },
      onRearm: () => {
        believed = {};
      },
    });
    Object.defineProperty(renderer, 'merged', {
      get: () => (Object.keys(believed).length === 0 ? undefined : believed),
    });
    return { renderer, spoilt: () => spoilt };
  }

  it('is drawn as it is before the reference image puts it right', async () => {
    const calm = remembering(-1);
    const undisturbed = await searchTiny({ renderers: [calm.renderer], config: CONFIG });
    // Before the sixth iteration; the reference image after it comes out right, for it moves every block.
    const { renderer, spoilt } = remembering(PROOF + 3 * TRIAL + 3 + 2 * TRIAL);
    const result = await searchTiny({ renderers: [renderer], config: CONFIG });
    expect(spoilt()).toBe(1);
    expect(renderer.calls).toContain('rearm');
    const looks = (of: SearchResult): Map<string, string> =>
      new Map(
        ofKind(recordsOf(of), 'scored').map(({ trial, images }) => [
          JSON.stringify(ofKind(recordsOf(of), 'asked').find((asked) => asked.trial === trial)?.weights),
          images.map(({ pixels }) => pixels).join(' '),
        ]),
      );
    const right = looks(undisturbed);
    const common = [...looks(result)].filter(([weights]) => right.has(weights));
    expect(common.length).toBeGreaterThan(5);
    expect(common.filter(([weights, pixels]) => right.get(weights) !== pixels)).toEqual([]);
    expect(ofKind(recordsOf(result), 'doubted')[0]?.trials).toEqual([4, 5]);
  });

  it('is not doubted for one odd image of it after the reference image', async () => {
    const calm = remembering(-1);
    const undisturbed = await searchTiny({ renderers: [calm.renderer], config: CONFIG });
    // The third image of the first look.
    const { renderer } = remembering(-1, PROOF + 3 * TRIAL + 2);
    const result = await searchTiny({ renderers: [renderer], config: CONFIG });
    expect(renderer.images).toBe(calm.renderer.images + 1);
    expect(ofKind(recordsOf(result), 'doubted')).toEqual([]);
    expect(result.csv).toBe(undisturbed.csv);
  });
});

describe('the weights of the reference image', () => {
  it.each(['sd1', 'sdxl'] as const)('set every block apart, OUT and TIME_EMBED too: %s', (architecture) => {
    const weights = Object.values(spreadWeights(architecture)).toSorted((p, q) => p - q);
    const gaps = weights.slice(1).map((weight, i) => weight - (weights[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(0.02);
    const { OUT = 0, TIME_EMBED = 0, IN00 = 0, OUT08 = 0, OUT11 = OUT08 } = spreadWeights(architecture);
    for (const [follower, leader] of [
      [OUT, OUT11],
      [TIME_EMBED, OUT11],
      [TIME_EMBED, IN00],
    ] as const) {
      expect(Math.abs(follower - leader)).toBeGreaterThan(0.1);
    }
  });

  it.each(['flux1', 'anima', 'qwen-image', 'flux1:double_blocks=4,single_blocks=6'])(
    'are as many as there are blocks, and neighbours are apart: %s',
    (architecture) => {
      const weights = Object.values(spreadWeights(architecture));
      expect(new Set(weights).size).toBe(blocksOf(architecture).length);
      const steps = weights.slice(1).map((weight, i) => Math.abs(weight - (weights[i] ?? 0)));
      expect(Math.min(...steps)).toBeGreaterThan(0.05);
    },
  );
});
