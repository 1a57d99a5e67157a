/** What somebody is told who does not watch a run. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createEventObserver } from '../../src/events/event-observer.ts';
import { appendRequest } from '../../src/journal/control.ts';
import type { RunObserver } from '../../src/observers/observer.ts';
import { webuiError } from '../../src/renderers/index.ts';
import { EVENT_NAMES, eventsIn, type EventName } from '../../src/types.ts';
import { searchTiny, temporaryFolder } from '../helpers/run-search.ts';
import { TinyRenderer } from '../helpers/tiny-renderer.ts';
import { filesIn } from '../helpers/files-in.ts';

interface Told {
  readonly event: EventName;
  readonly message: string;
  readonly iteration: number | null;
  readonly reason: string | null;
}

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function hear(
  events: readonly string[] = EVENT_NAMES,
): Promise<{ readonly observer: RunObserver; readonly told: Told[]; readonly troubles: string[] }> {
  const told: Told[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      told.push(JSON.parse(body) as Told);
      response.end();
    });
  });
  closing.push(() => server.close().closeAllConnections());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const at = server.address();
  const troubles: string[] = [];
  const observer = createEventObserver({
    targets: [`http://127.0.0.1:${typeof at === 'object' ? at?.port : ''}/`],
    events: eventsIn(events) ?? new Set(),
    run: 'O',
    journal: '/O.journal.jsonl',
    onTrouble: (sentence) => void troubles.push(sentence),
  });
  return { observer, told, troubles };
}

it('tells of pauses, failures, servers that are away, the best, the proof and the end', async () => {
  const folder = temporaryFolder();
  let images = 0;
  const journal = (): string => {
    const history = path.join(folder, 'csv', 'history');
    const names = filesIn(history);
    return path.join(history, names.find((name) => name.endsWith('.journal.jsonl')) ?? '');
  };
  const renderer = new TinyRenderer({
    onImage: () => {
      images++;
      if (images === 3) appendRequest(journal(), { request: 'pause', by: 'the page' });
      if (images === 3) appendRequest(journal(), { request: 'go-on', by: 'the page' });
      if (images === 5) throw webuiError('webui-bad-reply', 'The reply made no sense.');
    },
  });
  const { observer, told, troubles } = await hear();
  const config = { iterations: 6, retries: 0, prove: 2, baselines: true };
  await searchTiny({ folder, renderers: [renderer], observers: [observer], config });
  expect(troubles).toEqual([]);
  const kinds = told.map(({ event }) => event);
  expect(kinds.filter((event) => event !== 'best')).toEqual([
    'paused',
    'continued',
    'failed',
    'proof',
    'finished',
  ]);
  const of = (event: EventName): Told | undefined => told.findLast((one) => one.event === event);
  expect(of('paused')?.message).toBe('O: paused by the page');
  expect(of('failed')?.message).toMatch(/^O: iteration 3 failed: the reply made no sense\./);
  expect(of('best')?.message).toMatch(/^O: iteration \d+ is the best so far: [\d.]+, after [\d.]+$/);
  expect(of('finished')).toMatchObject({ reason: 'iterations' });
  expect(of('finished')?.message).toMatch(
    /^O: All 6 iterations are done\. The best is iteration \d+ with [\d.]+\.$/,
  );
});

it('tells of a server that the run waits for', async () => {
  const { observer, told } = await hear(['trouble']);
  const server = { lane: 'tiny', address: 'http://127.0.0.1:1' };
  const away = { ...server, state: 'down', sentence: 'tiny is not answering.' } as const;
  observer.onNotice?.({ level: 'warn', message: 'Something else.' });
  // It says so with every look, and comes back in between.
  for (let n = 0; n < 3; n++) observer.onServer?.(away);
  observer.onServer?.({ ...server, state: 'drawing', sentence: 'It draws.' });
  observer.onServer?.(away);
  await observer.onEnd?.({
    reason: { code: 'iterations', message: 'Done.' },
    best: undefined,
    weights: undefined,
  });
  const trouble = { event: 'trouble', message: 'O: tiny is not answering.' };
  expect(told).toMatchObject([trouble, trouble]);
});
