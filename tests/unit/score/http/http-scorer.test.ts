import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createHttpScorer } from '../../../../src/score/http/http-scorer.ts';
import type { HttpSurroundings } from '../../../../src/score/http/http-scorer.ts';
import { httpScorer } from '../../../../src/score/http/index.ts';
import type { Scorer, ScoreResult } from '../../../../src/score/scorer.ts';
import { describeScorerContract } from '../../../contracts/scorer.contract.ts';
import { makeBlackItem, makeItem } from '../../../helpers/score-items.ts';

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Readonly<Record<string, unknown>>;
}

type Handler = (asked: Asked, reply: ServerResponse) => void;

const { signal } = new AbortController();
const opened: Scorer[] = [];
let server: Server;
let base = '';
let asked: Asked[] = [];
let handle: Handler = byImage;

const hash = (base64: unknown): number =>
  createHash('sha256').update(String(base64)).digest().readUInt32LE(0) / 2 ** 32;

function byImage({ body }: Asked, reply: ServerResponse): void {
  const images: unknown = body['images'];
  reply.end(
    JSON.stringify(Array.isArray(images) ? { scores: images.map(hash) } : { score: hash(body['image']) }),
  );
}

const says =
  (text: string, status = 200, headers: Record<string, string> = {}): Handler =>
  (_, reply) =>
    reply.writeHead(status, headers).end(text);

/** One handler after the other; the last one stays. */
function inOrder(...handlers: readonly Handler[]): Handler {
  let next = 0;
  return (request, reply) => handlers[Math.min(next++, handlers.length - 1)]?.(request, reply);
}

const hangUp: Handler = (_, reply) => reply.socket?.destroy();

function make(settings: Record<string, unknown> = {}, surroundings: HttpSurroundings = {}): Scorer {
  const scorer = createHttpScorer(httpScorer.options.parse({ url: `${base}/score`, ...settings }), {
    env: {},
    firstPause: 0.01,
    ...surroundings,
  });
  opened.push(scorer);
  return scorer;
}

async function scoreOne(
  settings?: Record<string, unknown>,
  surroundings?: HttpSurroundings,
): Promise<ScoreResult> {
  const [result] = await make(settings, surroundings).score([await makeItem(1)], signal);
  if (result === undefined) throw new Error('There is no result.');
  return result;
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing was thrown',
    (error: unknown) =>
      error instanceof Error && 'code' in error ? `${String(error.code)}: ${error.message}` : String(error),
  );
}

beforeAll(async () => {
  server = createServer((request, reply) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const entry = {
        method,
        url,
        headers,
        body: typeof body === 'object' && body !== null ? { ...body } : {},
      };
      asked.push(entry);
      handle(entry, reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map(async (scorer) => scorer.close?.()));
  asked = [];
  handle = byImage;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describeScorerContract('http', () => make({ min: 0, max: 1 }));

describe('a request', () => {
  it('is JSON with the image and its prompts', async () => {
    const item = await makeItem(7);
    expect(await make().score([item], signal)).toEqual([
      { state: 'scored', value: hash(Buffer.from(item.bytes).toString('base64')) },
    ]);
    expect(asked).toMatchObject([
      { method: 'POST', url: '/score', headers: { 'content-type': 'application/json' } },
    ]);
    expect(asked[0]?.headers.authorization).toBeUndefined();
    expect(asked[0]?.body).toEqual({
      image: Buffer.from(item.bytes).toString('base64'),
      prompt: 'a lighthouse',
      negative_prompt: 'blurry',
    });
  });

  it('fills a template in, once, and nothing but its placeholders', async () => {
    const item = await makeItem(7, { prompt: 'a {seed} in "braces"' }, 'jpeg');
    const image = Buffer.from(item.bytes).toString('base64');
    const body = {
      messages: [
        { type: 'text', text: 'Rate {prompt} ({seed}) not {negative_prompt} {x} {}', n: 3 },
        { type: 'image_url', image_url: { url: '{image_url}' } },
      ],
      seed: '{seed}',
      raw: 'data:{mime};base64,{image}',
      nothing: null,
    };
    for (const given of [body, JSON.stringify(body)]) {
      handle = says('{"score":1}');
      await make({ body: given, method: 'PUT', headers: { 'x-model': 'm' } }).score([item], signal);
    }
    expect(asked[0]?.body).toEqual({
      messages: [
        { type: 'text', text: 'Rate a {seed} in "braces" (7) not blurry {x} {}', n: 3 },
        { type: 'image_url', image_url: { url: `data:image/jpeg;base64,${image}` } },
      ],
      seed: 7,
      raw: `data:image/jpeg;base64,${image}`,
      nothing: null,
    });
    expect(asked[1]?.body).toEqual(asked[0]?.body);
    expect(asked[0]).toMatchObject({ method: 'PUT', headers: { 'x-model': 'm' } });
  });

  it('takes several images with a batch', async () => {
    const items = await Promise.all([1, 2, 3, 4, 5].map(async (seed) => makeItem(seed)));
    const single = await make().score(items, signal);
    asked = [];
    const black = await makeBlackItem();
    const [first, ...rest] = await make({ batch: 2 }).score([black, ...items], signal);
    expect(first?.state).toBe('invalid');
    expect(rest).toEqual(single);
    expect(asked.map(({ body }) => body['prompts'])).toEqual([
      ['a lighthouse', 'a lighthouse'],
      ['a lighthouse', 'a lighthouse'],
      ['a lighthouse'],
    ]);
    handle = says('{"scores":[1]}');
    expect(await messageOf(make({ batch: 2 }).score(items, signal))).toContain(
      'has a list of 1 at /scores for 2 images: "{"scores":[1]}"',
    );
  });
});

describe('an answer', () => {
  it.each([
    ['{"score":-0.25}', {}, -0.25],
    ['{"score":" 7.5e1 "}', {}, 75],
    ['[{"a/b":{"~":[1,2]}}]', { score: '/0/a~1b/~0/1' }, 2],
    ['3.5', { score: '' }, 3.5],
    [
      '{"choices":[{"message":{"content":"It is fine.\\nScore: 8/10"}}]}',
      { score: '/choices/0/message/content', pattern: 'Score: ([\\d.]+)' },
      8,
    ],
    ['I give 6.5 points', { pattern: '([\\d.]+) points' }, 6.5],
    ['{"rating":{"value":3}}', { score: '/rating', pattern: '"value":(\\d)' }, 3],
  ])('%s holds a score', async (text, settings, value) => {
    handle = says(text);
    expect(await scoreOne(settings)).toEqual({ state: 'scored', value });
  });

  it.each([
    ['{"score":null}', {}, 'score-not-finite: Scorer "http" answered "null" as the score'],
    ['{"score":"7 of 10"}', {}, 'score-not-finite: Scorer "http" answered "7 of 10"'],
    ['{"score":1e999}', {}, 'score-not-finite'],
    ['{"score":true}', {}, 'score-not-finite'],
    ['{"score":""}', {}, 'score-not-finite'],
    ['{"score":11}', { max: 10 }, 'score-out-of-range: Scorer "http" gave 11'],
    [
      '{"points":1}',
      {},
      'scorer-failed: Scorer "http": the answer of POST BASE/score has nothing at /score: "{"points":1}"',
    ],
    ['{"score":[1]}', { score: '/score/00' }, 'has nothing at /score/00'],
    ['{"score":1}', { score: '/toString' }, 'has nothing at /toString'],
    ['<html>\n<b>Hi', {}, 'is not JSON: "<html> <b>Hi"'],
    ['I cannot say', { pattern: '(\\d)' }, 'has no match for the pattern'],
    ['points: 5', { pattern: 'points: (\\d)?x?|()', score: '' }, 'is not JSON'],
    [`${' '.repeat(10_000)}7`, { pattern: '(\\d)' }, 'has no match for the pattern'],
    ['x'.repeat(1_000_001), {}, 'scorer-failed: Scorer "http" received more than 1 MB from POST BASE/score'],
  ])('%.40s holds none', async (text, settings, message) => {
    handle = says(text);
    expect(await messageOf(scoreOne({ retries: 0, ...settings }))).toContain(message.replace('BASE', base));
    expect(asked).toHaveLength(1);
  });

  it('is not searched for ever', async () => {
    handle = says('a'.repeat(50));
    expect(await messageOf(scoreOne({ pattern: '^(a+)+b$' }))).toContain('timed out');
  });
});

describe('a failure', () => {
  it.each([
    ['a lost connection', hangUp],
    ['502', says('', 502)],
    ['503', says('', 503, { 'retry-after': '0' })],
    ['504', says('', 504)],
    ['429 with Retry-After', says('', 429, { 'retry-after': '0' })],
    ['429 until a time', says('', 429, { 'retry-after': new Date(0).toUTCString() })],
    ['429 without Retry-After', says('slow down', 429)],
    ['408', says('', 408)],
    ['half an answer', says('{"score": 0.', 200)],
    ['an empty answer', says('', 200)],
    ['a page in place of an answer', says('<html>Bad gateway</html>', 200)],
  ])('that passes is waited for: %s', async (_, failing) => {
    handle = inOrder(failing, failing, byImage);
    expect(await scoreOne()).toMatchObject({ state: 'scored' });
    expect(asked).toHaveLength(3);
  });

  it.each([
    [
      'three in a row',
      says('busy', 503),
      3,
      'scorer-unreachable: Scorer "http": POST BASE/score answered with status 503, "busy"; check that the server is running.',
    ],
    [
      'a lost connection each time',
      hangUp,
      3,
      'scorer-unreachable: Scorer "http": POST BASE/score cannot be reached (',
    ],
    ['429 without Retry-After', says('slow down', 429), 3, 'answered with status 429, "slow down"'],
    [
      '429 until tomorrow',
      says('', 429, { 'retry-after': '86400' }),
      1,
      'answered with status 429, with an empty body',
    ],
    [
      '500',
      says('Traceback\n  in x', 500),
      1,
      'answered with status 500, "Traceback in x"; check the log of that server.',
    ],
    ['422', says('e'.repeat(500), 422), 1, `status 422, "${'e'.repeat(199)}…"`],
    ['401', says('who?', 401), 2, 'set AUTOMBW_SCORER_AUTH, or the variable named in authEnv'],
    [
      'a redirect',
      says('', 307, { location: '/v2/score?key=x' }),
      1,
      'status 307 and redirects to BASE/v2/score; use that address',
    ],
  ])('that stays is told: %s', async (_, handler, times, message) => {
    handle = handler;
    expect(await messageOf(scoreOne())).toContain(message.replace('BASE', base));
    expect(asked).toHaveLength(times);
  });

  it('is told of a server that is not there', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const address = free.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
    await new Promise((resolve) => free.close(resolve));
    expect(await messageOf(scoreOne({ url, retries: 0 }))).toContain(
      `scorer-unreachable: Scorer "http": POST ${url} cannot be reached (ECONNREFUSED); check that the server is running.`,
    );
  });

  it('is a server that takes too long, which is not asked again', async () => {
    handle = () => undefined;
    expect(await messageOf(scoreOne({ timeout: 0.1 }))).toContain('did not answer within 0.1 s');
    handle = (_, reply) => void reply.write('{"sco');
    expect(await messageOf(scoreOne({ timeout: 0.1 }))).toContain('did not answer within 0.1 s');
    expect(asked).toHaveLength(2);
  });

  it('waits no longer when the run is stopped', async () => {
    const stop = new AbortController();
    handle = () => stop.abort(new Error('Ctrl-C'));
    await expect(make().score([await makeItem(1)], stop.signal)).rejects.toThrow('Ctrl-C');
    const pause = new AbortController();
    handle = (_, reply) => {
      reply.writeHead(429, { 'retry-after': '30' }).end();
      setTimeout(() => pause.abort(new Error('Ctrl-C')), 20);
    };
    await expect(make().score([await makeItem(1)], pause.signal)).rejects.toThrow('Ctrl-C');
  });
});

describe('the login', () => {
  const echo: Handler = ({ headers }, reply) => reply.writeHead(500).end(`you are ${headers.authorization}`);

  it('comes from the environment, and is in no message and no version', async () => {
    handle = echo;
    for (const [settings, env] of [
      [{}, { AUTOMBW_SCORER_AUTH: 'Bearer geheim-1' }],
      [{ authEnv: 'MY_KEY' }, { MY_KEY: ' Bearer geheim-1\n', AUTOMBW_SCORER_AUTH: 'no' }],
    ] as const) {
      const message = await messageOf(scoreOne(settings, { env }));
      expect(asked.at(-1)?.headers.authorization).toBe('Bearer geheim-1');
      expect(message).toContain('you are …');
      expect(message).not.toContain('geheim');
    }
    handle = says('{"score":"geheim-1"}');
    const message = await messageOf(scoreOne({}, { env: { AUTOMBW_SCORER_AUTH: 'Bearer geheim-1' } }));
    expect(message).toContain('answered "…"');
  });

  it('may stand in the address, which is shown without it', async () => {
    handle = echo;
    const url = `${base.replace('//', '//me:ge%20heim@')}/score?api_key=geheim-2&model=m`;
    const message = await messageOf(scoreOne({ url }));
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:ge heim').toString('base64')}`);
    expect(asked[0]?.url).toBe('/score?api_key=geheim-2&model=m');
    expect(message).toContain(`POST ${base}/score answered with status 500, "you are …"`);
  });

  it.each([
    [{}, 'which is not set'],
    [{ MY_KEY: '  ' }, 'which is not set'],
    [{ MY_KEY: 'ge\nheim' }, 'allowed in an Authorization header'],
  ])('must be there and be a header when its variable is named: %j', async (env, part) => {
    const message = await messageOf(Promise.resolve(make({ authEnv: 'MY_KEY' }, { env }).open?.(signal)));
    expect(message).toMatch(/^scorer-auth: /);
    expect(message).toContain(part);
    expect(message).not.toContain('heim');
  });
});

describe('settings', () => {
  const url = 'http://127.0.0.1:1/score';

  it.each([
    [{ url: 'localhost:8000' }, 'must be a complete http://'],
    [{ url, body: '[1]' }, 'expected record'],
    [{ url, body: '{' }, 'must be a JSON object'],
    [{ url, body: { image: 'x' } }, 'has no place for the image, such as {image}'],
    [
      { url, body: { image: '{image}', prompt: '{promt}' } },
      'has {promt}, which is not a placeholder. Did you mean "prompt"?',
    ],
    [{ url, body: { image: '{images}' } }, 'has {images}, which is for a batch above 1'],
    [{ url, batch: 2, body: { image: '{image}' } }, 'with a batch above 1 it must use the lists {images}'],
    [{ url, batch: 2, body: { image: 'x{images}' } }, 'has the list {images} inside a longer text'],
    [{ url, score: 'score' }, 'must be a JSON pointer'],
    [{ url, pattern: 'score' }, 'with a group around the number'],
    [{ url, pattern: '(' }, 'with a group around the number'],
    [{ url, method: 'GET' }, 'Invalid option'],
    [{ url, min: 2, max: 1 }, 'min must be below max'],
    [{ url, timeOut: 1 }, 'Unrecognized key'],
    [{ url, headers: { Authorization: 'Bearer x' } }, 'the login comes from the environment'],
    [{ url, headers: { 'x-model': 'a\nb' } }, 'Invalid string'],
  ])('%j is refused', (settings, message) => {
    const parsed = httpScorer.options.safeParse(settings);
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues).replaceAll('\\"', '"')).toContain(message);
  });

  it('are in the version where they change a score', () => {
    const versionOf = (settings: object): string =>
      httpScorer.create(httpScorer.options.parse({ url, ...settings })).version;
    expect(versionOf({})).toBe(
      versionOf({
        url: url.replace('//', '//me:secret@'),
        timeout: 5,
        retries: 0,
        authEnv: 'X',
        headers: { 'X-Api-Key': 'secret' },
      }),
    );
    const versions = [
      {},
      { url: `${url}?model=2` },
      { body: { image: '{image}' } },
      { score: '/x' },
      { pattern: '(x)' },
      { headers: { 'x-model': '2' } },
      { version: 2 },
      { higherIsBetter: false },
    ];
    expect(new Set(versions.map(versionOf)).size).toBe(versions.length);
    expect(versionOf({ url: `${url}?key=1` })).toBe(versionOf({ url: `${url}?key=2` }));
  });
});
