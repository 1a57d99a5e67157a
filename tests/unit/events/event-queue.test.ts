import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LONGEST, type RunEvent } from '../../../src/events/event.ts';
import { EventQueue } from '../../../src/events/event-queue.ts';
import { messageIn } from '../../../src/events/send-http.ts';
import { parseTarget } from '../../../src/events/target.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const EVENT: RunEvent = {
  event: 'best',
  message: 'O: iteration 3 is the best so far: 0.8123, after 0.8',
  run: 'O',
  journal: '/runs/O.journal.jsonl',
  time: '2026-01-14T12:00:00.000Z',
  iteration: 3,
  score: 0.8123,
  best: { iteration: 3, score: 0.8123 },
  reason: null,
};

interface Request {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** @param answer status for the n-th request, from 1; undefined = none at all */
async function listen(
  answer: (n: number) => number | undefined = () => 200,
): Promise<{ readonly address: string; readonly requests: Request[] }> {
  const requests: Request[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      requests.push({ url: request.url ?? '', headers: request.headers, body });
      const status = answer(requests.length);
      if (status !== undefined) response.writeHead(status).end();
    });
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const at = server.address();
  return { address: `127.0.0.1:${typeof at === 'object' ? at?.port : ''}`, requests };
}

function queueOf(...targets: readonly string[]): { readonly queue: EventQueue; readonly troubles: string[] } {
  const troubles: string[] = [];
  const onTrouble = (sentence: string): void => void troubles.push(sentence);
  return {
    queue: new EventQueue({ targets: targets.map((text) => parseTarget(text)), onTrouble }),
    troubles,
  };
}

/** A command that writes what it was given beside itself. */
function recorder(script: string): { readonly command: string; readonly read: () => unknown } {
  const folder = temporaryFolder();
  const program = path.join(folder, 'tell.mjs');
  const out = path.join(folder, 'told.json');
  writeFileSync(program, script.replaceAll('OUT', JSON.stringify(out)));
  return {
    command: `"${process.execPath}" "${program}"`,
    read: () => (existsSync(out) ? (JSON.parse(readFileSync(out, 'utf8')) as unknown) : undefined),
  };
}

describe('a web address', () => {
  it('is posted the event, without where the run lies; a login goes into a header', async () => {
    const { address, requests } = await listen();
    const { queue, troubles } = queueOf(`http://me:pass%3A1@${address}/hook?auth=x`);
    queue.push(EVENT);
    await queue.finish(20_000);
    expect(troubles).toEqual([]);
    const [request] = requests;
    expect(request?.url).toBe('/hook?auth=x');
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from('me:pass:1').toString('base64')}`,
    });
    const { journal: _, ...rest } = EVENT;
    expect(JSON.parse(request?.body ?? '')).toEqual(rest);
  });

  it('takes its own form', () => {
    const event = { ...EVENT, message: 'O: <A> & @everyone' };
    expect(messageIn('text', event)).toMatchObject({ body: event.message, headers: { title: 'autombw' } });
    expect(JSON.parse(messageIn('slack', event).body)).toEqual({ text: 'O: &lt;A&gt; &amp; @everyone' });
    expect(JSON.parse(messageIn('discord', event).body)).toEqual({
      content: event.message,
      allowed_mentions: { parse: [] },
    });
    expect(LONGEST).toBeLessThan(2000);
  });

  it('that refuses for a moment is asked once more', async () => {
    const { address, requests } = await listen((n) => (n === 1 ? 503 : 204));
    const { queue, troubles } = queueOf(`http://${address}/`);
    queue.push(EVENT);
    await queue.finish(20_000);
    expect(requests).toHaveLength(2);
    expect(troubles).toEqual([]);
  });

  it('that takes nothing is told of once, by its host alone', async () => {
    const { address, requests } = await listen(() => 404);
    const { queue, troubles } = queueOf(`http://${address}/secret-topic`);
    queue.push({ ...EVENT, event: 'failed' });
    queue.push({ ...EVENT, event: 'finished' });
    await queue.finish(20_000);
    expect(requests).toHaveLength(2);
    expect(troubles).toEqual([
      `The event "failed" did not reach ${address} (it answered with status 404); the run continues, and further failures are not reported.`,
    ]);
  });

  it('that never answers holds nobody up: the end waits for so long', async () => {
    const { address, requests } = await listen(() => undefined);
    const { queue } = queueOf(`http://${address}/`);
    for (let n = 0; n < 3; n++) queue.push({ ...EVENT, event: 'failed' });
    await vi.waitUntil(() => requests.length === 1, 20_000);
    await queue.finish(10);
    expect(requests).toHaveLength(1);
  });
});

describe('a command', () => {
  it('has the event on its standard input and in its environment, and no secret of ours', async () => {
    vi.stubEnv('AUTOMBW_WEBUI_AUTH', 'me:secret');
    vi.stubEnv('AUTOMBW_ON_EVENT', 'https://example.org/secret');
    const { command, read } = recorder(`
      import { readFileSync, writeFileSync } from 'node:fs';
      const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('AUTOMBW_') && !/TEST|CACHE/.test(name)));
      writeFileSync(OUT, JSON.stringify({ args: process.argv.slice(2), env, event: JSON.parse(readFileSync(0, 'utf8')) }));
    `);
    const { queue, troubles } = queueOf(`${command} --title={run} "{message}"`);
    queue.push(EVENT);
    await queue.finish(60_000);
    vi.unstubAllEnvs();
    expect(troubles).toEqual([]);
    expect(read()).toEqual({
      args: ['--title=O', EVENT.message],
      env: {
        AUTOMBW_EVENT: 'best',
        AUTOMBW_MESSAGE: EVENT.message,
        AUTOMBW_RUN: 'O',
        AUTOMBW_JOURNAL: EVENT.journal,
        AUTOMBW_TIME: EVENT.time,
        AUTOMBW_ITERATION: '3',
        AUTOMBW_SCORE: '0.8123',
        AUTOMBW_BEST_ITERATION: '3',
        AUTOMBW_BEST_SCORE: '0.8123',
        AUTOMBW_REASON: '',
      },
      event: EVENT,
    });
  });

  it('that fails, or is not there, is told of once', async () => {
    const { command } = recorder('process.exit(3)');
    const { queue, troubles } = queueOf(command, 'no-such-program-at-all --token=secret');
    queue.push(EVENT);
    queue.push({ ...EVENT, event: 'finished' });
    await queue.finish(60_000);
    expect(troubles.toSorted()).toEqual([
      expect.stringMatching(
        /^The event "best" did not reach the command no-such-program-at-all \(it cannot be started \(ENOENT\)\); /,
      ),
      expect.stringMatching(
        /^The event "best" did not reach the command node(?:\.exe)? \(exit code 3\); the run continues/,
      ),
    ]);
  });

  it('that does not end is killed when the run is over', async () => {
    const { command, read } = recorder(`
      import { writeFileSync } from 'node:fs';
      writeFileSync(OUT, String(process.pid));
      setInterval(() => {}, 1000);
    `);
    const { queue } = queueOf(command);
    queue.push(EVENT);
    await vi.waitUntil(() => typeof read() === 'number', 30_000);
    await queue.finish(10);
    await expect.poll(() => isRunning(Number(read()))).toBe(false);
  });
});

it('tells the last of several best iterations that wait, and the others in their order', async () => {
  const { address, requests } = await listen();
  const { queue } = queueOf(`text http://${address}/`);
  const names = ['best', 'best', 'failed', 'best', 'paused', 'best', 'finished'] as const;
  for (const [n, event] of names.entries()) queue.push({ ...EVENT, event, message: String(n) });
  await queue.finish(20_000);
  expect(requests.map(({ body }) => body)).toEqual(['0', '2', '4', '5', '6']);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
