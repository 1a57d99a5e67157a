/** The live page over HTTP: of journals on the disk, and of a search that is under way. */
import { once } from 'node:events';
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { imageKey, imageNames } from '../../src/images/names.ts';
import { controlFile } from '../../src/journal/control.ts';
import { runId } from '../../src/page/watched-run.ts';
import { eventsUntil, listedRun, usePages } from '../helpers/page.ts';
import { searchOn, startFaulty } from '../helpers/simulated-search.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const RELEASED = path.resolve(import.meta.dirname, '../fixtures/journals/main-2026-11-images.journal.jsonl');
const OWN = { 'content-type': 'application/json', 'x-autombw': '1' };
const SMALL_PNG = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#458' } })
  .png()
  .toBuffer();
const open = usePages();

let journal: string;
let address: string;
beforeEach(async () => {
  journal = path.join(temporaryFolder('live'), 'O.journal.jsonl');
  copyFileSync(RELEASED, journal);
  const { url } = await open({ list: () => [listedRun(journal)] });
  address = url.replace(/\/$/, '');
});

const ofRun = (rest: string): string => `${address}/api/runs/${runId(journal)}${rest}`;

/** With headers that fetch does not let anybody set. */
async function statusOf(
  headers: Readonly<Record<string, string>>,
  target = '/',
  method = 'GET',
): Promise<number> {
  const { hostname, port } = new URL(address);
  const request = http.request({ hostname, port, path: target, method, headers, agent: false });
  request.end();
  const [reply] = (await once(request, 'response')) as [http.IncomingMessage];
  reply.resume();
  return reply.statusCode ?? 0;
}

describe('what is served', () => {
  it('is one page that may load nothing from elsewhere', async () => {
    const reply = await fetch(`${address}/`);
    expect(reply.status).toBe(200);
    const policy = reply.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[^ ]+=';/);
    expect(policy).not.toMatch(/https?:|\*|script-src[^;]*unsafe/);
    expect(await reply.text()).toContain('<!doctype html>');
  });

  it('lists runs by addresses that hold no path', async () => {
    const text = await (await fetch(`${address}/api/runs`)).text();
    expect(JSON.parse(text)).toEqual([
      expect.objectContaining({ id: runId(journal), name: 'O', state: 'running' }),
    ]);
    expect(text).not.toContain(path.dirname(journal));
  });

  it('tells the whole state first, then what comes', async () => {
    const text = readFileSync(RELEASED, 'utf8');
    const lines = text.trimEnd().split('\n');
    const at = lines.findLastIndex((line) => line.includes('"kind":"scored"'));
    writeFileSync(journal, `${lines.slice(0, at).join('\n')}\n`);
    const events = await eventsUntil(ofRun('/events'), ({ event, data }) => {
      if (event === 'state') appendFileSync(journal, `${lines[at]}\n`);
      return event === 'change' && data.trials.length > 0;
    });
    const [first] = events;
    const last = events.at(-1);
    expect(first?.event).toBe('state');
    // Scores of others may change with it: they are made comparable.
    expect(last?.data.trials.map(({ id }) => id)).toContain(JSON.parse(lines[at] ?? '').trial);
  });

  it('sends it packed to whoever can unpack it, and plain to others', async () => {
    const start = async (encoding: string): Promise<{ encoding: string | null; text: string }> => {
      const ending = new AbortController();
      const reply = await fetch(ofRun('/events'), {
        headers: { 'accept-encoding': encoding },
        signal: ending.signal,
      });
      let text = '';
      for await (const chunk of reply.body ?? []) {
        text += Buffer.from(chunk).toString('utf8');
        if (text.includes('event: state')) break;
      }
      ending.abort();
      return { encoding: reply.headers.get('content-encoding'), text };
    };
    const packed = await start('gzip, br');
    const plain = await start('identity');
    expect(packed.encoding).toBe('gzip');
    expect(plain.encoding).toBeNull();
    expect(packed.text.slice(0, 200)).toBe(plain.text.slice(0, 200));
  });

  it('tells everything anew when the journal was replaced', async () => {
    const [plan = ''] = readFileSync(RELEASED, 'utf8').split('\n');
    const events = await eventsUntil(ofRun('/events'), ({ event, data }) => {
      if (event === 'state') {
        writeFileSync(`${journal}.new`, `${plan}\n`);
        renameSync(`${journal}.new`, journal);
      }
      return event === 'change' && data.isAnew === true;
    });
    expect(events.at(-1)?.data.trials).toEqual([]);
  });
});

describe('who is answered', () => {
  it.each([
    ['another host', { host: 'evil.example' }],
    ['another port', { host: '127.0.0.1:1' }],
    ['another origin', { origin: 'http://evil.example' }],
    ['no origin', { origin: 'null' }],
  ])('not one who comes by %s', async (_, headers) => {
    const { host } = new URL(address);
    for (const target of ['/', '/api/runs', '/nothing', `/api/runs/${runId(journal)}/events`])
      expect(await statusOf({ host, ...headers }, target)).toBe(403);
  });

  it('nobody without the token where the page is open to the network', async () => {
    const { url } = await open({ list: () => [listedRun(journal)], host: '0.0.0.0' });
    const { port, searchParams } = new URL(url);
    const at = `http://127.0.0.1:${port}`;
    expect((await fetch(`${at}/`)).status).toBe(401);
    expect((await fetch(`${at}/api/runs`)).status).toBe(401);
    expect((await fetch(`${at}/?token=${'x'.repeat(32)}`)).status).toBe(401);
    const entry = await fetch(`${at}/?token=${searchParams.get('token') ?? ''}`, { redirect: 'manual' });
    expect(entry.status).toBe(303);
    expect(entry.headers.get('location')).toBe('/');
    const cookie = entry.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly; SameSite=Lax/);
    const inside = await fetch(`${at}/api/runs`, { headers: { cookie: cookie.split(';')[0] ?? '' } });
    expect(inside.status).toBe(200);
  });
});

describe('what is asked of a run', () => {
  it.each(['pause', 'go-on', 'stop'])('%s is written beside the journal', async (request) => {
    const before = readFileSync(journal);
    const reply = await fetch(ofRun('/control'), {
      method: 'POST',
      headers: OWN,
      body: JSON.stringify({ request }),
    });
    expect(reply.status).toBe(200);
    const [line = ''] = readFileSync(controlFile(journal), 'utf8').split('\n');
    expect(JSON.parse(line)).toMatchObject({ request, by: 'the page' });
    expect(readFileSync(journal).equals(before)).toBe(true);
  });

  it('names the iteration that is rejected', async () => {
    const body = JSON.stringify({ request: 'reject', trial: 3 });
    expect((await fetch(ofRun('/control'), { method: 'POST', headers: OWN, body })).status).toBe(200);
    expect(readFileSync(controlFile(journal), 'utf8')).toContain('"trial":3');
  });

  it.each([
    ['without our header', { 'content-type': 'application/json' }, '{"request":"stop"}', 403],
    ['as a form', { 'content-type': 'text/plain', 'x-autombw': '1' }, '{"request":"stop"}', 415],
    ['that is unknown', OWN, '{"request":"delete"}', 400],
    ['with more than there is to say', OWN, '{"request":"stop","file":"x"}', 400],
    ['that is no JSON', OWN, '{', 400],
    ['that is long', OWN, `{"request":"${'x'.repeat(5000)}"}`, 413],
  ])('not %s', async (_, headers, body, status) => {
    const reply = await fetch(ofRun('/control'), { method: 'POST', headers, body });
    expect(reply.status).toBe(status);
    expect(() => readFileSync(controlFile(journal))).toThrow('ENOENT');
  });
});

describe('weights that are given on the page', () => {
  const post = async (rest: string, body: unknown) =>
    fetch(ofRun(rest), { method: 'POST', headers: OWN, body: JSON.stringify(body) });

  it('are asked for as autombw next asks, and the answer says what becomes of the others', async () => {
    const reply = await post('/control', { request: 'next', weights: { IN00: 0.9, IN01: 0.2 } });
    expect(reply.status).toBe(200);
    const { id, sentence } = (await reply.json()) as { readonly id: string; readonly sentence: string };
    expect(sentence).toMatch(
      /^\d+ other blocks take their values from the best at that time \(now iteration \d+\)\. The search is not running/,
    );
    const [line = ''] = readFileSync(controlFile(journal), 'utf8').split('\n');
    expect(JSON.parse(line)).toMatchObject({
      id,
      request: 'next',
      by: 'the page',
      weights: { IN00: 0.9, IN01: 0.2 },
    });
  });

  it('are refused in words where the search does not reach them, and nothing is asked', async () => {
    const weights = { IN00: 7, NONE: 1 };
    const reply = await post('/control', { request: 'next', weights });
    expect(reply.status).toBe(422);
    const { message } = (await reply.json()) as { readonly message: string };
    expect(message).toMatch(/^The search cannot try these weights: IN00 is searched from .*; NONE is no/);
    expect(() => readFileSync(controlFile(journal))).toThrow('ENOENT');
    expect(await (await post('/reach', { weights })).json()).toEqual({
      isReachable: false,
      sentence: message,
    });
  });

  it.each([
    ['none', {}],
    ['no numbers', { IN00: '1' }],
    ['an endless name', { [`x${'y'.repeat(200)}`]: 1 }],
  ])('are not %s', async (_, weights) => {
    expect((await post('/control', { request: 'next', weights })).status).toBe(400);
    expect((await post('/reach', { weights })).status).toBe(400);
  });

  it('belong to blocks of which the page tells what does not change', async () => {
    const { blocks } = (await (await fetch(ofRun('/blocks'))).json()) as {
      readonly blocks: readonly { readonly block: string }[];
    };
    expect(blocks.find(({ block }) => block === 'IN04')).toMatchObject({
      words: 'input block 4',
      moves: 'alone',
      keys: ['model.diffusion_model.input_blocks.4.'],
    });
    expect(JSON.stringify(blocks)).not.toContain(path.dirname(journal));
  });
});

describe('kept images', () => {
  it('are found by iteration and position alone', async () => {
    const folder = journal.replace('.journal.jsonl', '.images');
    mkdirSync(folder);
    const records = readFileSync(journal, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { trial, images } = records.find(({ kind }) => kind === 'scored');
    const [{ request, index }] = images;
    const stem = imageNames(records[0].plan.requests).stem(trial, imageKey(request, index)) ?? '';
    writeFileSync(path.join(folder, `${stem}.png`), SMALL_PNG);
    writeFileSync(path.join(folder, 'secret.png'), SMALL_PNG);
    const full = await fetch(ofRun(`/images/${trial}/0`));
    expect(full.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await full.arrayBuffer()).equals(SMALL_PNG)).toBe(true);
    const small = await fetch(ofRun(`/images/${trial}/0?size=small`));
    expect(small.headers.get('content-type')).toBe('image/webp');
  });

  it.each([
    '/images/1/99',
    '/images/999/0',
    '/images/1/..%2f..%2fO.journal.jsonl',
    '/images/..%2f..%2fsecret/0',
    '/images/%2e%2e/0',
    '/images/1/-1',
    '/images/1/0%00.png',
    '/../../../../etc/passwd',
    '/trials/__proto__',
  ])('are not found at %s', async (rest) => {
    const { host } = new URL(address);
    const status = await statusOf({ host }, `/api/runs/${runId(journal)}${rest}`);
    expect([400, 404]).toContain(status);
  });

  it.each(['0000000000000000', '..', '%2e%2e%2f', 'x'.repeat(60)])('nor those of the run %s', async (id) => {
    const { host } = new URL(address);
    for (const rest of ['/events', '/images/1/0', '/trials/1'])
      expect([400, 404, 414]).toContain(await statusOf({ host }, `/api/runs/${id}${rest}`));
  });
});

describe('the page of a search that is under way', () => {
  it('shows its iterations as they come, its pictures, and its end; also after a restart of the server', async () => {
    const simulator = await startFaulty({});
    const journals: string[] = [];
    const list = () => journals.map((file) => listedRun(file));
    try {
      const first = await open({ list });
      const { summary, seen } = await new Promise<{
        summary: Awaited<ReturnType<typeof searchOn>>['summary'];
        seen: Awaited<ReturnType<typeof eventsUntil>>;
      }>((resolve, reject) => {
        let events: Promise<Awaited<ReturnType<typeof eventsUntil>>> | undefined;
        const observer = {
          name: 'page of the test',
          onBegin: ({ journal: file }: { readonly journal: string }) => {
            journals.push(file);
            events = eventsUntil(
              `${first.url}api/runs/${runId(file)}/events`,
              ({ data }) => data.summary.state === 'ended',
            );
          },
        };
        searchOn([simulator], { observers: [observer], config: { saveImages: 'all', baselines: true } })
          .then(async ({ summary }) => resolve({ summary, seen: (await events) ?? [] }))
          .catch(reject);
      });
      const [whole] = seen;
      expect(whole?.event).toBe('state');
      const told = new Set(seen.flatMap(({ data }) => data.trials.map(({ id }) => id)));
      expect(told.size).toBe(10);
      expect(seen.at(-1)?.data.summary).toMatchObject({ done: 7, total: 7, baselines: 3, state: 'ended' });
      await first.close();

      const second = await open({ list });
      const [file = ''] = journals;
      const [again] = await eventsUntil(`${second.url}api/runs/${runId(file)}/events`, () => true);
      expect(again?.data.trials).toHaveLength(10);
      expect(again?.data.summary.best?.trial).toBe(summary.best?.trial);
      const best = again?.data.summary.best?.trial;
      const picture = await fetch(`${second.url}api/runs/${runId(file)}/images/${best}/1`);
      expect(picture.status).toBe(200);
      expect(picture.headers.get('content-type')).toMatch(/^image\//);
    } finally {
      await simulator.close();
    }
  });
});
