import { afterEach, describe, expect, it } from 'vitest';
import { createJudge } from '../../../../src/score/score-image.ts';
import type { Scorer } from '../../../../src/score/scorer.ts';
import { webuiTagsScorer } from '../../../../src/score/webui-tags/index.ts';
import { createWebuiTagsScorer } from '../../../../src/score/webui-tags/webui-tags-scorer.ts';
import { makeItem } from '../../../helpers/score-items.ts';
import { DEFAULTS, ok, startStubWebui } from './stub-webui.ts';
import type { StubSetting, StubWebui } from './stub-webui.ts';

const { signal } = new AbortController();
const PROMPTS = { prompt: 'rings, slope, stripes', negativePrompt: '' };
const TAGS = { rings: 0.9, slope: 0.6, stripes: 0.3 };
const POST = 'POST /sdapi/v1/options';
const LOOK = 'POST /sdapi/v1/interrogate';
const BORROWED = {
  interrogate_return_ranks: true,
  interrogate_deepbooru_score_threshold: 0,
  deepbooru_sort_alpha: false,
  deepbooru_use_spaces: false,
  deepbooru_escape: false,
};
let webui: StubWebui;
let scorer: Scorer;

afterEach(async () => {
  await scorer.close?.().catch(() => undefined);
  await webui.close();
});

async function start(setting: StubSetting = {}): Promise<void> {
  webui = await startStubWebui({ tags: TAGS, ...setting });
  const settings = webuiTagsScorer.options.parse({ url: webui.url, lambda: 0 });
  scorer = createWebuiTagsScorer(settings, { env: {}, firstPause: 0.01 });
}

async function value(): Promise<number | string> {
  const [result] = await scorer.score([await makeItem(1, PROMPTS)], signal);
  return result?.state === 'scored' ? Math.round(result.value * 1000) / 1000 : (result?.reason ?? '');
}

describe('the settings of the WebUI', () => {
  it('are read, set and put back', async () => {
    await start({ options: { ...DEFAULTS, other: 1 } });
    await scorer.open?.(signal);
    expect(webui.options).toEqual({ ...BORROWED, other: 1 });
    expect(await value()).toBe(0.6);
    await scorer.close?.();
    expect(webui.options).toEqual({ ...DEFAULTS, other: 1 });
    const { interrogate_return_ranks: _, ...rest } = BORROWED;
    expect(webui.bodies(POST)).toEqual([{ interrogate_return_ranks: true }, rest, DEFAULTS]);
  });

  it('are changed and put back only where they differ', async () => {
    await start({ options: { ...BORROWED, deepbooru_escape: true } });
    await scorer.open?.(signal);
    await scorer.close?.();
    expect(webui.bodies(POST)).toEqual([{ deepbooru_escape: false }, { deepbooru_escape: true }]);
  });

  it('are put back once, and taken again when the scorer is opened again', async () => {
    await start();
    await scorer.open?.(signal);
    await scorer.close?.();
    await scorer.close?.();
    expect(webui.bodies(POST)).toHaveLength(3);
    await scorer.open?.(signal);
    expect(webui.options).toEqual(BORROWED);
    await scorer.close?.();
    expect(webui.options).toEqual(DEFAULTS);
  });

  it('are put back after an image that failed', async () => {
    await start({
      routes: { [LOOK]: [ok({ caption: '' }), { status: 500, body: { error: 'RuntimeError' } }] },
    });
    await scorer.open?.(signal);
    await expect(value()).rejects.toMatchObject({ code: 'scorer-failed' });
    await scorer.close?.();
    expect(webui.options).toEqual(DEFAULTS);
  });

  it('are put back after an abort', async () => {
    await start({ routes: { [LOOK]: [ok({ caption: '' }), 'stall'] } });
    const abort = new AbortController();
    await scorer.open?.(abort.signal);
    const score = scorer.score([await makeItem(1, PROMPTS)], abort.signal);
    setTimeout(() => abort.abort(new Error('stopped')), 20);
    await expect(score).rejects.toThrow('stopped');
    await scorer.close?.();
    expect(webui.options).toEqual(DEFAULTS);
  });

  it('are put back when opening fails or is stopped after the first was set', async () => {
    const reads: (() => ReturnType<typeof ok>)[] = [];
    await start({ routes: { 'GET /sdapi/v1/options': () => reads.shift()?.() ?? 'stall' } });
    reads.push(() => ok({ ...webui.options }));
    const abort = new AbortController();
    const judge = createJudge([{ scorer, weight: 1 }]);
    const opening = judge.open(abort.signal);
    await expect.poll(() => webui.options['interrogate_return_ranks']).toBe(true);
    abort.abort(new Error('stopped'));
    await expect(opening).rejects.toThrow('stopped');
    expect(webui.options).toEqual(DEFAULTS);
  });

  it('are named with their old values when they cannot be put back', async () => {
    await start();
    await scorer.open?.(signal);
    await webui.close();
    const closing = scorer.close?.();
    await expect(closing).rejects.toMatchObject({ code: 'scorer-restore', kind: 'run' });
    await expect(closing).rejects.toThrow(
      /set them by hand: interrogate_return_ranks = false, interrogate_deepbooru_score_threshold = 0\.5, /,
    );
    await expect(scorer.close?.()).resolves.toBeUndefined();
  });
});

describe('where settings cannot be changed', () => {
  it.each<[string, StubSetting]>([
    ['frozen ones', { frozen: Object.keys(DEFAULTS) }],
    ['a refusal', { routes: { [POST]: { status: 403, body: { detail: 'no' } } } }],
    ['a server without them', { options: { other: 1 } }],
    ['values of another type', { options: { ...DEFAULTS, interrogate_return_ranks: 'no' } }],
  ])('%s: tags that are there count as certain, and nothing is left behind', async (_, setting) => {
    await start({
      ...setting,
      routes: { [LOOK]: ok({ caption: 'rings, slope' }), ...setting.routes },
    });
    const before = { ...webui.options };
    await scorer.open?.(signal);
    expect(await value()).toBe(0.667);
    await scorer.close?.();
    expect(webui.options).toEqual(before);
  });

  it('an older server keeps what it has: keys that it lacks are not sent', async () => {
    await start({ options: { interrogate_return_ranks: false, deepbooru_escape: true } });
    await scorer.open?.(signal);
    expect(webui.bodies(POST)).toEqual([{ interrogate_return_ranks: true }, { deepbooru_escape: false }]);
  });

  it('probabilities that stop coming are an error, not certainty', async () => {
    await start();
    await scorer.open?.(signal);
    Object.assign(webui.options, { interrogate_return_ranks: false });
    await expect(value()).rejects.toThrow(/interrogate_return_ranks was changed; leave it alone/);
  });
});
