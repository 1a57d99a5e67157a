/** Interrupting, the queue and the end of the server, as recorded. */
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { parseFault, startSimulator } from '../../../../src/simulator/index.ts';
import type { Simulator } from '../../../../src/simulator/index.ts';
import { Client, entryOf, post, send, settled } from './client.ts';
import { mergeGraph } from './graphs.ts';
import { differences, exchange, ExchangeSchema, recorded, replay, transcript, unlike } from './recording.ts';

let simulator: Simulator | undefined;

afterEach(async () => {
  await simulator?.close();
});

async function start(...faults: string[]): Promise<Simulator> {
  simulator = await startSimulator({ family: 'comfyui', faults: faults.map(parseFault) });
  return simulator;
}

const RUNNING = 'b4abb425-f7b2-4dca-a7c3-05fc45b691cc';
const BEHIND = 'b8fd655d-31c5-45a0-8866-07bebdbaab36';
const FRONT = 'f4e8520a-f221-46bb-b542-6a4db9cda6f2';

it('interrupts what runs, and nothing else, as recorded', async () => {
  // The second sampling waits until somebody presses the button.
  const { url } = await start('stall@2');
  await settled(url, (await post(url, { prompt: mergeGraph({ 3: { 'out.': 0.25 } }) })).prompt_id);
  // The first recorded prompt was number 69, and refused prompts count.
  for (let i = 1; i < 69; i++) await send(url, '/prompt', { prompt: {} });
  const [a, b] = [await Client.connect(url, 'client-a'), await Client.connect(url, 'client-b')];

  const { exchanges } = z
    .object({ exchanges: z.array(ExchangeSchema) })
    .parse(recorded('interrupt_and_queue'));
  const busy: string[] = [];
  for (const one of exchanges) {
    const known = z.object({ prompt_id: z.string() }).safeParse(one.body).data;
    if (one.request.path === `/history/${RUNNING}`) await a.ended(RUNNING);
    const reply = await replay(url, one, known ?? {});
    expect([one.request.path, differences(reply, one)]).toEqual([one.request.path, []]);
    if (known?.prompt_id === RUNNING) {
      await a.until(({ type, data }) => type === 'executing' && data['node'] === '7');
    }
    const isBusy = one.request.path === '/prompt' && one.request.method === 'GET';
    if (isBusy)
      busy.push(...differences(await replay(url, exchange('get_queue_busy')), exchange('get_queue_busy')));
  }
  expect(busy).toEqual([]);
  await b.ended(BEHIND);
  await a.until(
    ({ type, data }) => type === 'status' && !('sid' in data) && JSON.stringify(data).includes(':0}}'),
  );
  expect(unlike(ownMessages(a), recordedMessages('ws_interrupt_client_a', false))).toEqual([]);
  expect(unlike(ownMessages(b), recordedMessages('ws_interrupt_client_b', false))).toEqual([]);
  expect(unlike(statusesOf(b), recordedMessages('ws_interrupt_client_b', true))).toEqual([]);
  expect(await entryOf(url, FRONT)).toBeDefined();
});

it('clears the queue and the history as recorded', async () => {
  const { url } = await start('stall@2');
  await settled(url, (await post(url, { prompt: mergeGraph(), prompt_id: RUNNING })).prompt_id);
  const client = await Client.connect(url, 'me');
  const running = await post(url, { prompt: mergeGraph({ 7: { seed: 2 } }), client_id: 'me' });
  const waiting = await post(url, { prompt: mergeGraph({ 7: { seed: 3 } }) });
  await client.until(({ type, data }) => type === 'executing' && data['node'] === '7');
  const exchanges = z.array(ExchangeSchema).parse(
    // The recorded server took any text for an id.
    JSON.parse(
      JSON.stringify(recorded('queue_clear_and_history_delete')).replaceAll('autombw-run7-it0001', RUNNING),
    ),
  );
  for (const [i, one] of exchanges.entries()) {
    expect([i, differences(await replay(url, one), one)]).toEqual([i, []]);
    if (one.request.path === '/interrupt') await client.ended(running.prompt_id);
  }
  expect(await entryOf(url, waiting.prompt_id)).toBeUndefined();
});

it('has no effect to interrupt an idle server', async () => {
  const { url } = await start();
  expect((await send(url, '/interrupt')).status).toBe(200);
  const { status } = await settled(url, (await post(url, { prompt: mergeGraph() })).prompt_id);
  expect(status.status_str).toBe('success');
});

it('is empty after a restart in mid-run, with its sockets cut, as recorded', async () => {
  const server = await start('stall@2');
  const { url } = server;
  const client = await Client.connect(url, 'me');
  const preview = await client.run(mergeGraph());
  const saved = await client.run({
    ...mergeGraph(),
    9: { class_type: 'SaveImage', inputs: { images: ['8', 0], filename_prefix: 'kept' } },
  });
  const [temporary, kept] = [await entryOf(url, preview), await entryOf(url, saved)];
  const record = z
    .object({ after_restart: z.record(z.string(), ExchangeSchema) })
    .parse(recorded('server_restart')).after_restart;
  const id = record['history_of_old_prompt']?.request.path.split('/').at(-1);
  await post(url, { prompt: mergeGraph({ 7: { seed: 2 } }), client_id: 'me', prompt_id: id });
  await client.until(({ data }) => data['node'] === '7' && data['prompt_id'] === id);
  server.restart();
  await client.untilClosed();
  expect(client.closeCode).toBe(1006);
  for (const one of Object.values(record)) expect(differences(await replay(url, one), one)).toEqual([]);

  const statusOf = async (image: object | undefined): Promise<number> =>
    (await fetch(`${url}/view?${new URLSearchParams({ ...image }).toString()}`)).status;
  expect(await statusOf(temporary?.outputs['9']?.images[0])).toBe(404);
  expect(await statusOf(kept?.outputs['9']?.images[0])).toBe(200);
  expect((await post(url, { prompt: mergeGraph() })).number).toBe(0);
});

const STEPS = new Set(['progress', 'progress_state']);

/** Statuses come when others queue: they have a series of their own. */
function ownMessages(client: Client): unknown[] {
  return client.messages
    .filter(({ type }) => type !== 'status' && !STEPS.has(type))
    .map(({ type, data }) => ({ type, data }));
}

function statusesOf(client: Client): unknown[] {
  return client.messages.filter(({ type }) => type === 'status').map(({ type, data }) => ({ type, data }));
}

function recordedMessages(name: string, statuses: boolean): unknown[] {
  return transcript(name)
    .messages.map(({ message }) => message)
    .filter(({ type }) => !STEPS.has(String(type)) && (type === 'status') === statuses);
}
