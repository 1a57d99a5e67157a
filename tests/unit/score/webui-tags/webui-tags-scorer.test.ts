import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeImage } from '../../../../src/images/decode.ts';
import type { Scorer, ScoreItem, ScoreResult } from '../../../../src/score/scorer.ts';
import { webuiTagsScorer } from '../../../../src/score/webui-tags/index.ts';
import { createWebuiTagsScorer } from '../../../../src/score/webui-tags/webui-tags-scorer.ts';
import { companyExchange } from '../../../helpers/company-recordings.ts';
import { closedUrl } from '../../../helpers/replay-server.ts';
import type { Routes } from '../../../helpers/replay-server.ts';
import { makeBlackItem, makeItem } from '../../../helpers/score-items.ts';
import { flatTagger, nestedTagger, ok, sdnextTagger, startStubWebui } from './stub-webui.ts';
import type { StubSetting, StubWebui } from './stub-webui.ts';

const { signal } = new AbortController();
const closing: (() => Promise<unknown>)[] = [];
const PROMPTS = {
  prompt: 'rings, (slope:1.5), stripes, masterpiece',
  negativePrompt: 'blurry, worst quality',
};
const TAGS = { rings: 0.9, slope: 0.6, stripes: 0.3, blurry: 0.2, dog: 0.5 };
/** (0.9 + 1.5 × 0.6 + 0.3) / 3.5, less half of 0.2. */
const SCORE = 0.5;
const INTERROGATE = 'POST /sdapi/v1/interrogate';

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close().catch(() => undefined);
});

async function start(setting: StubSetting = {}): Promise<StubWebui> {
  const webui = await startStubWebui(setting);
  closing.push(async () => webui.close());
  return webui;
}

function make(url: string, settings: Record<string, unknown> = {}, env: Record<string, string> = {}): Scorer {
  const scorer = createWebuiTagsScorer(webuiTagsScorer.options.parse({ url, ...settings }), {
    env,
    firstPause: 0.01,
  });
  closing.push(async () => scorer.close?.());
  return scorer;
}

/** Without `open`: the first image connects, and nothing is asked but what it needs. */
async function scoreOn(
  webui: StubWebui,
  settings: Record<string, unknown> = {},
): Promise<ScoreResult | undefined> {
  const scorer = make(webui.url, settings);
  return (await scorer.score([await makeItem(1, PROMPTS)], signal))[0];
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing was thrown',
    (error: unknown) =>
      error instanceof Error && 'code' in error ? `${String(error.code)}: ${error.message}` : String(error),
  );
}

describe('the score', () => {
  it('is recall by attention less the unwanted, with its parts', async () => {
    const result = await scoreOn(await start({ tags: TAGS }));
    expect(result).toEqual({
      state: 'scored',
      value: expect.closeTo(SCORE, 9),
      parts: {
        tags: 3,
        recall: expect.closeTo(0.6, 9),
        unwanted: expect.closeTo(0.2, 9),
        precision: expect.closeTo(1.8 / 2.5, 9),
      },
    });
  });

  it('stays within 0 and 1', async () => {
    const webui = await start({ tags: { rings: 0.1, blurry: 1 } });
    expect(await scoreOn(webui, { lambda: 10 })).toMatchObject({ state: 'scored', value: 0 });
    expect(await scoreOn(webui, { lambda: 0 })).toMatchObject({ value: expect.closeTo(0.1 / 3.5, 9) });
  });

  it('leaves out what the tagger does not know, when it sends all that it knows', async () => {
    const filler = Object.fromEntries(Array.from({ length: 6000 }, (_, i) => [`tag${i}`, 0.001]));
    const known = { rings: 0.8, stripes: 0, hills: 0.4 };
    const webui = await start({ tags: { ...filler, ...known } });
    const scorer = make(webui.url);
    const prompt = 'rings, stripes, hills, something that nobody tags';
    const item = await makeItem(1, { prompt, negativePrompt: 'easynegative' });
    expect(await scorer.score([item], signal)).toMatchObject([
      { value: expect.closeTo(0.4, 9), parts: { tags: 3, unwanted: 0 } },
    ]);
    const [none] = await scorer.score([{ ...item, prompt: 'rings, some, words, here' }], signal);
    expect(none).toEqual({
      state: 'invalid',
      reason: expect.stringContaining('1 tag known to the tagger'),
    });
  });

  it('does not apply to prompts with too few tags, and asks nothing then', async () => {
    const webui = await start();
    const scorer = make(webui.url, { minimumTags: 4 });
    const results = await scorer.score(
      [await makeItem(1, PROMPTS), await makeItem(2, { prompt: '' })],
      signal,
    );
    expect(results).toEqual([
      {
        state: 'invalid',
        reason: expect.stringMatching(/3 tags .*minimumTags wants 4: write the prompt in tags/),
      },
      { state: 'invalid', reason: expect.stringContaining('0 tags') },
    ]);
    expect(webui.seen).toEqual([]);
  });

  it('calls a black image invalid without asking', async () => {
    const webui = await start();
    expect(await make(webui.url).score([{ ...(await makeBlackItem()), ...PROMPTS }], signal)).toMatchObject([
      { state: 'invalid', reason: expect.stringContaining('flat tone') },
    ]);
    expect(webui.bodies(INTERROGATE)).toEqual([]);
  });

  it('asks about one image at a time', async () => {
    let open = 0;
    let most = 0;
    const webui = await start({
      routes: {
        [INTERROGATE]: async () => {
          most = Math.max(most, ++open);
          await new Promise((resolve) => setTimeout(resolve, 5));
          open--;
          return ok({ caption: '(rings:0.500)' });
        },
      },
    });
    const scorer = make(webui.url);
    await scorer.open?.(signal);
    const items = await Promise.all([1, 2, 3].map(async (seed) => makeItem(seed, PROMPTS)));
    await Promise.all([scorer.score(items, signal), ...items.map((item) => scorer.score([item], signal))]);
    expect(most).toBe(1);
    expect(webui.bodies(INTERROGATE)).toHaveLength(1 + 6);
  });
});

describe('opening', () => {
  it('shows the tagger an image, so that what is missing is missed before the run', async () => {
    const webui = await start({ routes: { [INTERROGATE]: ok({ caption: '<error>' }) } });
    const opening = make(webui.url).open?.(signal) ?? Promise.resolve();
    expect(await messageOf(opening)).toMatch(/^scorer-failed: .*could not analyse the image/);
    const [body] = webui.bodies(INTERROGATE) as { image: string }[];
    expect(await decodeImage(Buffer.from(body?.image ?? '', 'base64'))).toMatchObject({
      width: 64,
      height: 64,
    });
  });
});

describe('the way', () => {
  const image = async (): Promise<string> => Buffer.from((await makeItem(1)).bytes).toString('base64');

  it.each<[string, Routes, string]>([
    ['deepdanbooru', {}, INTERROGATE],
    ['tagger', flatTagger(TAGS), 'POST /tagger/v1/interrogate'],
    ['tagger', nestedTagger(TAGS), 'POST /tagger/v1/interrogate'],
    ['sdnext', sdnextTagger(TAGS), 'POST /sdapi/v1/tagger'],
  ])('%s gives the same score, named or found', async (via, routes, path) => {
    const webui = await start({ tags: TAGS, routes });
    for (const setting of [via, 'auto']) {
      const result = await scoreOn(webui, { via: setting });
      expect(result).toMatchObject({ value: expect.closeTo(SCORE, 9) });
    }
    expect(webui.bodies(path)).toMatchObject([{ image: await image() }, { image: await image() }]);
  });

  it('sends what each asks for', async () => {
    const webui = await start({ tags: TAGS, routes: { ...flatTagger(TAGS), ...sdnextTagger(TAGS) } });
    await scoreOn(webui, { via: 'deepdanbooru' });
    await scoreOn(webui, { via: 'tagger' });
    await scoreOn(webui, { via: 'tagger', model: 'wd14-convnext-v2' });
    await scoreOn(webui, { via: 'sdnext', model: 'wd-vit-tagger-v3' });
    await scoreOn(webui, { via: 'sdnext' });
    expect(webui.bodies(INTERROGATE)).toEqual([{ image: await image(), model: 'deepdanbooru' }]);
    expect(webui.bodies('POST /tagger/v1/interrogate')).toEqual([
      { image: await image(), model: 'wd14-vit-v2', threshold: 0 },
      { image: await image(), model: 'wd14-convnext-v2', threshold: 0 },
    ]);
    const [named, unnamed] = webui.bodies('POST /sdapi/v1/tagger');
    expect(named).toMatchObject({
      model: 'wd-vit-tagger-v3',
      threshold: 0,
      max_tags: 512,
      show_scores: true,
    });
    expect(unnamed).not.toHaveProperty('model');
    // Only deepdanbooru answers by global settings.
    expect(webui.bodies('POST /sdapi/v1/options').length).toBeLessThan(4);
  });

  it('reads tags of the extension in any spelling', async () => {
    const tags = { 'Blue Sky': 0.9, 'long hair': 0.9, 'saber_(fate)': 0.9 };
    const webui = await start({ routes: flatTagger(tags) });
    const scorer = make(webui.url, { lambda: 0 });
    const prompt = String.raw`blue_sky, long hair, saber \(fate\)`;
    expect(await scorer.score([await makeItem(1, { prompt })], signal)).toMatchObject([
      { value: expect.closeTo(0.9, 9) },
    ]);
  });

  it('takes a model that an empty list does not have, but needs one', async () => {
    const routes = { ...flatTagger(TAGS), 'GET /tagger/v1/interrogators': ok({ models: [] }) };
    const webui = await start({ routes });
    expect(await scoreOn(webui, { via: 'tagger', model: 'mine' })).toMatchObject({ state: 'scored' });
    expect(await messageOf(scoreOn(webui, { via: 'tagger' }))).toMatch(
      /^scorer-start: .*lists no model; name one/,
    );
  });

  it('refuses a model that the extension lacks', async () => {
    const webui = await start({ routes: flatTagger() });
    expect(await messageOf(scoreOn(webui, { via: 'tagger', model: 'wd14-vit-v3' }))).toMatch(
      /^scorer-options: .*has no model "wd14-vit-v3".*wd14-vit-v2/,
    );
  });

  it('tries the way that is named where the server hides what it has', async () => {
    const routes = { ...sdnextTagger(TAGS), 'GET /openapi.json': { status: 404, body: {} } };
    const webui = await start({ tags: TAGS, routes });
    expect(await scoreOn(webui, { via: 'sdnext' })).toMatchObject({ state: 'scored' });
    expect(await messageOf(scoreOn(webui))).toMatch(
      /^scorer-failed: .*openapi\.json answered with status 404/,
    );
    expect(await messageOf(scoreOn(webui, { via: 'tagger' }))).toMatch(
      /interrogators answered with status 404/,
    );
  });

  it.each([
    ['tagger', /^scorer-start: .*has no \/tagger\/v1\/interrogate; start the WebUI with --api/],
    ['sdnext', /^scorer-start: .*has no \/sdapi\/v1\/tagger;/],
  ])('says that %s is not there', async (via, words) => {
    expect(await messageOf(scoreOn(await start(), { via }))).toMatch(words);
  });
});

describe('a failure', () => {
  it('of the tagger is told, and the next image is scored', async () => {
    const recorded = JSON.parse(
      readFileSync(new URL('../../../fixtures/webui/interrogate_no_model.json', import.meta.url), 'utf8'),
    ) as { body: unknown };
    const webui = await start({
      routes: { [INTERROGATE]: [ok(recorded.body), ok({ caption: '(rings:0.700)' })] },
    });
    const scorer = make(webui.url);
    const item = await makeItem(1, PROMPTS);
    expect(await messageOf(scorer.score([item], signal))).toMatch(/^scorer-failed: .*it says <error>/);
    expect(await scorer.score([item], signal)).toMatchObject([{ state: 'scored' }]);
  });

  it.each([
    [
      { status: 404, body: { error: 'HTTPException', detail: 'Model not found' } },
      /status 404, .*Model not found/,
    ],
    [{ status: 500, body: { error: 'OutOfMemoryError', errors: 'CUDA' } }, /status 500, .*OutOfMemoryError/],
    [ok({ tags: [] }), /cannot be read at caption.*setting via/],
    [{ raw: '<html>' }, /cannot be read.*<html>/],
  ])('is quoted: %j', async (answer, words) => {
    const message = await messageOf(scoreOn(await start({ routes: { [INTERROGATE]: answer } })));
    expect(message).toMatch(/^scorer-failed: /);
    expect(message).toMatch(words);
  });

  it.each([
    [flatTagger, { caption: 'a, b' }],
    [flatTagger, { caption: { rings: 'much' } }],
    [sdnextTagger, { tags: 'rings', scores: null }],
  ])('of another dialect is no score', async (dialect, body) => {
    const routes = { ...dialect() };
    for (const path of Object.keys(routes).filter((route) => route.startsWith('POST')))
      routes[path] = ok(body);
    expect(await messageOf(scoreOn(await start({ routes })))).toMatch(/^scorer-failed: .*cannot be read at/);
  });

  it('passes when the connection breaks once', async () => {
    const webui = await start({ routes: { [INTERROGATE]: ['drop', ok({ caption: '(rings:0.700)' })] } });
    expect(await scoreOn(webui)).toMatchObject({ state: 'scored' });
  });

  it('is a server that is not there, or does not answer', async () => {
    const url = await closedUrl();
    const scorer = make(url);
    expect(await messageOf(scorer.open?.(signal) ?? Promise.resolve())).toMatch(
      /^scorer-unreachable: .*openapi\.json/,
    );
    const webui = await start({ routes: { [INTERROGATE]: 'stall' } });
    expect(await messageOf(scoreOn(webui, { timeout: 0.1 }))).toMatch(/^scorer-unreachable: .*within 0\.1 s/);
  });

  it('is not what an abort is', async () => {
    const webui = await start({ routes: { [INTERROGATE]: 'stall' } });
    const scorer = make(webui.url);
    const abort = new AbortController();
    const score = scorer.score([await makeItem(1, PROMPTS)], abort.signal);
    setTimeout(() => abort.abort(new Error('stopped by hand')), 20);
    await expect(score).rejects.toThrow('stopped by hand');
  });
});

describe('the login', () => {
  const SECRET = 'user:hunter22';
  const encoded = Buffer.from(SECRET).toString('base64');

  it('comes from the environment, or else from the address, and goes with every request', async () => {
    const webui = await start({ tags: TAGS });
    const item = await makeItem(1, PROMPTS);
    const withLogin = webui.url.replace('http://', 'http://user:hunter%322@');
    await make(webui.url, {}, { AUTOMBW_WEBUI_AUTH: SECRET }).score([item], signal);
    await make(withLogin).score([item], signal);
    await make(withLogin.replace('hunter', 'other'), {}, { AUTOMBW_WEBUI_AUTH: SECRET }).score(
      [item],
      signal,
    );
    expect(new Set(webui.seen.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Basic ${encoded}`]),
    );
  });

  it('stands in no message', async () => {
    const body = { detail: `no ${SECRET}, no ${encoded}, no hunter22` };
    const webui = await start({ routes: { [INTERROGATE]: { status: 401, body } } });
    const scorer = make(webui.url, {}, { AUTOMBW_WEBUI_AUTH: SECRET });
    const message = await messageOf(scorer.score([await makeItem(1, PROMPTS)], signal));
    expect(message).toMatch(/status 401.*set AUTOMBW_WEBUI_AUTH to user:password/);
    expect(message).not.toMatch(/hunter22|dXNlcj/);
    const wrong = (): unknown => make('http://user:hunter22@:port');
    expect(wrong).toThrow(expect.objectContaining({ code: 'scorer-options', kind: 'usage' }));
    expect(wrong).toThrow(/not "…@:port"/);
    const noLogin = (): unknown => make(webui.url, {}, { AUTOMBW_WEBUI_AUTH: 'hunter22' });
    expect(noLogin).toThrow(expect.objectContaining({ code: 'scorer-auth' }));
    expect(noLogin).toThrow(/^(?!.*hunter)/s);
  });
});

describe('the settings', () => {
  it('need an address', () => {
    const create = (): unknown => webuiTagsScorer.create(webuiTagsScorer.options.parse({}));
    expect(create).toThrow(expect.objectContaining({ code: 'scorer-options', kind: 'usage' }));
    expect(create).toThrow('webui-tags.url=');
  });

  it('take an address without http, and one with a path', async () => {
    const webui = await start({ tags: TAGS });
    const item: ScoreItem = await makeItem(1, PROMPTS);
    expect(await make(webui.url.replace('http://', '')).score([item], signal)).toMatchObject([
      { state: 'scored' },
    ]);
    expect(await messageOf(make(`${webui.url}/proxy?x=1`).score([item], signal))).toContain(
      '/proxy/openapi.json',
    );
  });

  it.each([
    [{ via: 'clip' }],
    [{ lambda: -1 }],
    [{ minimumTags: 0 }],
    [{ via: 'deepdanbooru', model: 'x' }],
    [{ auth: 'x' }],
  ])('refuse %j', (settings) => {
    expect(webuiTagsScorer.options.safeParse({ url: 'http://x', ...settings }).success).toBe(false);
  });

  it('are in the version where they change a score; the address is not', () => {
    const version = (settings: Record<string, unknown>, url = 'http://x'): string =>
      make(url, settings).version;
    const all = [
      {},
      { via: 'tagger' },
      { via: 'tagger', model: 'x' },
      { lambda: 0 },
      { minimumTags: 1 },
      { version: 2 },
    ];
    expect(new Set(all.map((one) => version(one))).size).toBe(all.length);
    expect(version({ timeout: 5 }, 'http://y')).toBe(version({}));
  });
});

describe('a WebUI without the model of deepdanbooru', () => {
  it('is told from a reply that says nothing, before the run', async () => {
    const { body, status } = companyExchange('interrogate_deepdanbooru_no_model');
    const webui = await start();
    webui.routes[INTERROGATE] = { status, body };
    await expect(make(webui.url, { via: 'deepdanbooru' }).open?.(signal)).rejects.toThrow(
      /status 500.*model is missing.*models\/torch_deepdanbooru/,
    );
  });
});
