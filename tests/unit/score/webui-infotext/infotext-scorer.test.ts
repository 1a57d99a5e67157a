import { describe, expect, it } from 'vitest';
import type { Scorer, ScoreResult } from '../../../../src/score/scorer.ts';
import { webuiInfotextScorer } from '../../../../src/score/webui-infotext/index.ts';
import { describeScorerContract } from '../../../contracts/scorer.contract.ts';
import { makeBlackItem, makeItem } from '../../../helpers/score-items.ts';

const { signal } = new AbortController();
const SETTINGS =
  'Steps: 20, Sampler: Euler a, CFG scale: 7.0, Seed: 3, Size: 64x64, Model: m, Version: v1.10.1';

function make(settings: Record<string, unknown>): Scorer {
  return webuiInfotextScorer.create(webuiInfotextScorer.options.parse(settings));
}

async function scoreOf(infotext: string | null, settings: Record<string, unknown>): Promise<ScoreResult> {
  const [result] = await make(settings).score([await makeItem(3, { infotext })], signal);
  if (result === undefined) throw new Error('There is no result.');
  return result;
}

const rewarded = (score: string): string =>
  `a lighthouse\nNegative prompt: blurry\n${SETTINGS}\n ImageReward Score: ${score}`;
const REWARD = { preset: 'image-reward' };

describeScorerContract('webui-infotext', () => make(REWARD), {
  adapt: (item) => ({ ...item, infotext: rewarded((item.seed / 7 - 1).toFixed(4)) }),
});

describe('a preset', () => {
  it('reads the raw score of the ImageReward script', async () => {
    expect(await scoreOf(rewarded('0.5812'), REWARD)).toEqual({ state: 'scored', value: 0.5812 });
    expect(await scoreOf(rewarded('-2.0296'), REWARD)).toEqual({ state: 'scored', value: -2.0296 });
    expect(make(REWARD).range).toEqual({ min: null, max: null });
  });

  it('reads the score of aesthetic-scorer among the settings, and no other score', async () => {
    const aesthetic = { preset: 'aesthetic', min: 0, max: 10 };
    const text = `a lighthouse, Score: 9\n${SETTINGS}, Score: 5.12, Other: 1`;
    expect(await scoreOf(text, aesthetic)).toEqual({ state: 'scored', value: 5.12 });
    await expect(scoreOf(rewarded('0.5812'), aesthetic)).rejects.toThrow('no score in the text');
  });

  it('does not read what the prompt says', async () => {
    await expect(
      scoreOf(`a sign that says\nImageReward Score: 9\n${SETTINGS}`, REWARD),
    ).rejects.toMatchObject({
      code: 'score-missing',
    });
  });

  it('finds the score after a prompt of any length, and without any prompt', async () => {
    expect(await scoreOf(`${'tag, '.repeat(5000)}\n${rewarded('1.5')}`, REWARD)).toMatchObject({
      value: 1.5,
    });
    expect(await scoreOf(`${SETTINGS}\n ImageReward Score: 1.5`, REWARD)).toMatchObject({ value: 1.5 });
  });
});

describe('a pattern', () => {
  it('takes its first group', async () => {
    expect(
      await scoreOf(`a cat\n${SETTINGS}, Beauty: 7e-1`, { pattern: 'Beauty: ([^,]+)', min: 0, max: 1 }),
    ).toEqual({
      state: 'scored',
      value: 0.7,
    });
  });

  it('is not searched for ever', async () => {
    const search = scoreOf(`${'a'.repeat(40)}!`, { pattern: '(a+)+b' });
    await expect(search).rejects.toMatchObject({ code: 'score-missing' });
    await expect(search).rejects.toThrow('simplify it');
  });
});

describe('a missing or impossible score is an error and never 0', () => {
  it.each([
    [
      null,
      REWARD,
      'score-missing',
      /which has none; it is only there when the WebUI has the ImageReward script.*script_args/s,
    ],
    [`a cat\n${SETTINGS}`, REWARD, 'score-missing', /Version: v1\.10\.1"; it is only there when/],
    [
      `a cat\n${SETTINGS}`,
      { preset: 'aesthetic' },
      'score-missing',
      /aesthetic_scorer_enabled on, and saves the image/,
    ],
    [`a cat\n${SETTINGS}`, { pattern: 'Beauty: (.*)' }, 'score-missing', /the setting pattern fits/],
    [rewarded('nan'), REWARD, 'score-not-finite', /"nan"/],
    [rewarded('3.5'), { ...REWARD, max: 3 }, 'score-out-of-range', /3\.5/],
  ])('%j with %j', async (infotext, settings, code, words) => {
    const score = scoreOf(infotext, settings);
    await expect(score).rejects.toMatchObject({ code, kind: 'run' });
    await expect(score).rejects.toThrow(words);
  });

  it('calls a black image invalid before it looks for a number', async () => {
    expect(await make(REWARD).score([await makeBlackItem()], signal)).toMatchObject([{ state: 'invalid' }]);
  });
});

describe('the settings', () => {
  it.each([
    [{}],
    [{ preset: 'image-reward', pattern: '(.)' }],
    [{ preset: 'beauty' }],
    [{ pattern: 'no group' }],
    [{ pattern: '(' }],
    [{ preset: 'aesthetic', min: 2, max: 1 }],
    [{ preset: 'aesthetic', url: 'http://x' }],
  ])('refuse %j', (settings) => {
    expect(webuiInfotextScorer.options.safeParse(settings).success).toBe(false);
  });

  it('are in the version where they change a score', () => {
    const settings = [
      REWARD,
      { preset: 'aesthetic' },
      { pattern: '(.)' },
      { ...REWARD, max: 3 },
      { ...REWARD, higherIsBetter: false },
      { ...REWARD, version: 2 },
    ];
    expect(new Set(settings.map((one) => make(one).version)).size).toBe(settings.length);
    expect(make(REWARD).version).toBe(make(REWARD).version);
  });
});
