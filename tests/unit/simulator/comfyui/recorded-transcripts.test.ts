/** What a client hears over its WebSocket, message by message, as recorded; in the order of the recordings. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startSimulator } from '../../../../src/simulator/index.ts';
import type { Simulator } from '../../../../src/simulator/index.ts';
import { Client, post, settled } from './client.ts';
import type { Message } from './client.ts';
import { mergeGraph } from './graphs.ts';
import { ExchangeSchema, differences, recorded, replay, transcript, unlike } from './recording.ts';
import type { Exchange, Transcript } from './recording.ts';

/** With this one, sets of output nodes come in the order of the recordings: p0, p2, p1. */
const SEED = 11;

let simulator: Simulator;
let url = '';

beforeAll(async () => {
  simulator = await startSimulator({
    family: 'comfyui',
    models: ['modelA', 'modelB', 'modelNaN'],
    seed: SEED,
  });
  ({ url } = simulator);
});

afterAll(async () => {
  await simulator.close();
});

it.each([
  'ws_cold_run',
  'ws_same_prompt_again',
  'ws_one_weight_changed',
  'ws_save_image_websocket',
  'ws_save_image',
  'ws_three_payloads_one_prompt',
])('%s', async (name) => {
  expect(await play(transcript(name))).toEqual([]);
});

it('ws_failure_in_the_middle, and the next prompt runs only the rest', async () => {
  // The recorded prompt found the nodes of another in the cache.
  await run(mergeGraph({ 4: { text: 'a dog' } }));
  const failing = transcript('ws_failure_in_the_middle');
  expect(await play(failing, ['current_inputs'])).toEqual([]);

  const text = JSON.stringify(promptOf(failing.prompt_exchange)).replace(
    '../../outside/part',
    'autombw/part',
  );
  const client = await Client.connect(url, 'again');
  await client.run(JSON.parse(text));
  expect(executing(client)).toEqual(['p1_out']);
  client.close();
});

it('ws_prompt_without_client_id: everybody hears of its progress, nobody of its results', async () => {
  const record = transcript('ws_prompt_without_client_id');
  const prompt = promptIn(record.history);
  await run({ ...prompt, 7: { ...prompt['7'], inputs: { ...prompt['7']?.inputs, seed: 77 } } });
  const listener = await Client.connect(url, 'listener');
  const { prompt_id: id } = await post(url, { prompt });
  await listener.until(
    ({ type, data }) => type === 'status' && JSON.stringify(data).includes(':0}}') && !('sid' in data),
  );
  expect(unlike(listener.messages.map(describeMessage), recordedMessages(record))).toEqual([]);
  expect(await unlikeHistory(id, record)).toEqual([]);
  listener.close();
});

it('ws_save_image_websocket_metadata_twice', async () => {
  const record = recorded('ws_save_image_websocket_metadata_twice');
  const history = z.object({ history_second: ExchangeSchema }).parse(record).history_second;
  const prompt = promptIn(history);
  await run({ ...mergeGraph(), 3: prompt['3'] });
  const first = { type: 'feature_flags', data: { supports_preview_metadata: true } };
  const client = await Client.connect(url, 'autombw-meta', first);
  await client.run(prompt);
  await client.run(prompt);
  const heard = client.messages.filter(({ type }) => type !== 'progress_state').map(describeMessage);
  expect(unlike(heard, recordedMessages(transcript('ws_save_image_websocket_metadata_twice')))).toEqual([]);
  client.close();
});

it('tells a client that comes back which node runs, and only the newer connection of one id', async () => {
  const slow = await startSimulator({ family: 'comfyui', latencyMs: 300 });
  const before = await Client.connect(slow.url, 'same');
  const { prompt_id: id } = await post(slow.url, {
    prompt: mergeGraph({ 7: { steps: 3 } }),
    client_id: 'same',
  });
  await before.until(({ type }) => type === 'progress');
  const after = await Client.connect(slow.url, 'same');
  await after.ended(id);
  expect(after.messages.slice(0, 2).map(({ type, data }) => [type, data['node']])).toEqual([
    ['status', undefined],
    ['executing', '7'],
  ]);
  expect(before.messages.some(({ type }) => type === 'execution_success')).toBe(false);
  await slow.close();
});

/** Differences between what is heard and read here and there. */
async function play(record: Transcript, varies: readonly string[] = []): Promise<string[]> {
  const posted = record.prompt_exchange;
  if (posted === undefined) throw new Error('a transcript with a prompt');
  const sid = z.object({ data: z.object({ sid: z.string() }) }).parse(record.messages[0]?.message).data.sid;
  const client = await Client.connect(url, sid);
  const reply = await replay(url, posted);
  const faults = differences(reply, posted);
  const id = z.object({ prompt_id: z.string() }).parse(JSON.parse(reply.text)).prompt_id;
  await client.ended(id);
  client.close();
  const heard = client.messages.map(describeMessage);
  return [
    ...faults,
    ...unlike(heard, recordedMessages(record), varies),
    ...(await unlikeHistory(id, record, varies)),
  ];
}

async function unlikeHistory(
  id: string,
  { history }: Transcript,
  varies: readonly string[] = [],
): Promise<string[]> {
  if (history === undefined) return [];
  const own: unknown = await (await fetch(`${url}/history/${id}`)).json();
  const [one] = Object.values(z.record(z.string(), EntrySchema).parse(own));
  const [two] = Object.values(z.record(z.string(), EntrySchema).parse(history.body));
  // Its number and its id.
  return unlike({ ...one, prompt: one?.prompt.slice(2) }, { ...two, prompt: two?.prompt.slice(2) }, varies);
}

const EntrySchema = z.looseObject({ prompt: z.array(z.unknown()) });
const PromptSchema = z.record(
  z.string(),
  z.object({ class_type: z.string(), inputs: z.record(z.string(), z.unknown()) }),
);

/** Lengths of files are left out. */
function describeMessage({ type, data, bytes }: Message): unknown {
  if (bytes === undefined) return { type, data };
  const event = bytes.readUInt32BE(0);
  const length = bytes.readUInt32BE(4);
  const png = (from: number): string => bytes.toString('hex', from, from + 8);
  if (event === 1) return { event_type: event, image_type: length, image_magic_hex: png(8) };
  const metadata: unknown = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  return { event_type: event, metadata, image_magic_hex: png(8 + length) };
}

function recordedMessages({ messages }: Transcript): unknown[] {
  const sizes = ['binary', 'bytes', 'image_bytes', 'base64_head', 'metadata_length'];
  return messages.map(({ message }) =>
    Object.fromEntries(
      Object.entries(message).filter(([key]) => message['binary'] !== true || !sizes.includes(key)),
    ),
  );
}

function promptOf(posted: Exchange | undefined): unknown {
  return z.object({ prompt: z.unknown() }).parse(posted?.request.body).prompt;
}

function promptIn(history: Exchange | undefined): z.infer<typeof PromptSchema> {
  const [entry] = Object.values(z.record(z.string(), EntrySchema).parse(history?.body));
  return PromptSchema.parse(entry?.prompt[2]);
}

function executing(client: Client): unknown[] {
  return client.messages
    .filter(({ type, data }) => type === 'executing' && data['node'] !== null)
    .map(({ data }) => data['node']);
}

async function run(prompt: object): Promise<void> {
  await settled(url, (await post(url, { prompt })).prompt_id);
}
