/** Single exchanges: statuses, bodies and refusals as recorded. Transcripts are in recorded-transcripts.test.ts. */
import { request } from 'node:http';
import { readdirSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { startSimulator } from '../../../../src/simulator/index.ts';
import type { Simulator } from '../../../../src/simulator/index.ts';
import { Client, post, settled } from './client.ts';
import { mergeGraph, node } from './graphs.ts';
import { NOT_REPLAYED, REPLAYED_ELSEWHERE } from './recorded-elsewhere.ts';
import { differences, exchange, ExchangeSchema, recorded, replay, unlike } from './recording.ts';
import type { Exchange } from './recording.ts';

let simulator: Simulator | undefined;

afterEach(async () => {
  await simulator?.close();
});

async function start(): Promise<string> {
  simulator = await startSimulator({
    family: 'comfyui',
    comfyVersion: '0.3.64',
    models: ['modelA', 'modelB', 'modelNaN'],
  });
  return simulator.url;
}

const AT_START = [
  'get_api_prefix',
  'get_embeddings',
  'get_extensions',
  'get_features',
  'get_history_unknown_id',
  'get_models',
  'get_models_checkpoints',
  'get_models_loras',
  'get_models_unknown',
  'get_not_found',
  'get_object_info_ModelMergeSD1',
  'get_object_info_unknown',
  'get_prompt_get',
  'get_queue_idle',
  'get_system_stats',
  'get_view_badtype',
  'get_view_metadata',
  'get_view_missing',
  'get_view_traversal',
];
const HERE = [
  'get_object_info_selected',
  'get_history',
  'get_view_output',
  'post_prompt_errors',
  'own_prompt_id',
  'prompt-id-no-uuid',
  'newer_versions',
  'origin_and_limits',
];

it('answers at its start as recorded', async () => {
  const url = await start();
  for (const name of AT_START) {
    expect([name, differences(await replay(url, exchange(name)), exchange(name))]).toEqual([name, []]);
  }
});

it('describes each node as recorded, and no other', async () => {
  const url = await start();
  const { body } = exchange('get_object_info_selected');
  const known = z.record(z.string(), z.unknown()).parse(body);
  const own = z.record(z.string(), z.unknown()).parse(await (await fetch(`${url}/object_info`)).json());
  const unrecorded = Object.keys(own).filter((name) => !(name in known));
  expect(unrecorded).toEqual(['ModelMergeSubtract', 'ModelMergeAdd']);
  for (const name of Object.keys(own).filter((one) => one in known)) {
    expect([name, unlike(own[name], known[name])]).toEqual([name, []]);
  }
});

it('refuses as recorded', async () => {
  const url = await start();
  await settled(url, (await post(url, { prompt: mergeGraph() })).prompt_id);
  for (const [name, one] of Object.entries(exchangesOf('post_prompt_errors'))) {
    const reply = await replay(url, one);
    expect([name, differences(reply, one, ['traceback'])]).toEqual([name, []]);
  }
  // 23 bodies, of which one was no JSON; the first number is 0.
  expect((await post(url, { prompt: mergeGraph({ 7: { seed: 99 } }) })).number).toBe(23);
});

it('tells other conversions and slots that do not exist', async () => {
  const url = await start();
  const issues = async (changes: Record<string, Record<string, unknown>>): Promise<unknown> => {
    const response = await fetch(`${url}/prompt`, {
      method: 'POST',
      body: JSON.stringify({ prompt: mergeGraph(changes) }),
    });
    const reply = z
      .object({
        node_errors: z.record(
          z.string(),
          z.object({ errors: z.array(z.object({ type: z.string(), details: z.string() })) }),
        ),
      })
      .parse(await response.json());
    return Object.entries(reply.node_errors).map(([id, { errors }]) => [
      id,
      errors.map(({ type, details }) => `${type}: ${details}`),
    ]);
  };
  expect(await issues({ 7: { steps: '2.5' } })).toEqual([
    ['7', ["invalid_input_type: steps, 2.5, invalid literal for int() with base 10: '2.5'"]],
  ]);
  expect(await issues({ 8: { vae: ['1', 7] } })).toEqual([
    ['8', ['exception_during_inner_validation: tuple index out of range']],
  ]);
  expect(await issues({ 9: { images: ['88', 0] } })).toEqual([['9', ["exception_during_validation: '88'"]]]);
  expect(await issues({ 7: { steps: '3', cfg: true, seed: 1.9 } })).toEqual([]);
});

it('keeps the history of a run, and shows its images, as recorded', async () => {
  const url = await start();
  const steps = { 7: { steps: 2 } };
  const { prompt_id: id } = await post(url, { prompt: mergeGraph(steps), client_id: 'autombw-1' });
  await settled(url, id);
  const history = exchange('get_history');
  const [wanted] = Object.values(z.record(z.string(), z.unknown()).parse(history.body));
  const own = z.record(z.string(), z.unknown()).parse(JSON.parse((await replay(url, history)).text));
  expect(Object.keys(own)).toEqual([id]);
  expect(unlike(withoutId(own[id], id), withoutId(wanted, '150e2c0c-dca7-4339-bbd1-87c4eacda1fb'))).toEqual(
    [],
  );

  const save = node('SaveImage', { images: ['8', 0], filename_prefix: 'autombw/it0001' });
  const prompt = { ...mergeGraph({ 6: { batch_size: 2 } }), 9: save };
  await settled(url, (await post(url, { prompt })).prompt_id);
  for (const one of z.array(ExchangeSchema).parse(recorded('get_view_output'))) {
    const response = await fetch(url + one.request.path);
    expect(response.status).toBe(one.status);
    for (const name of ['Content-Disposition', 'Content-Type', 'Accept-Ranges']) {
      expect(response.headers.get(name)).toBe(one.headers[name]);
    }
    expect(Buffer.from(await response.arrayBuffer()).toString('latin1', 1, 4)).toBe('PNG');
  }
});

it('refuses a prompt_id that is not a bare UUID, as recorded from a newer server', async () => {
  const url = await start();
  const one = exchange('prompt-id-no-uuid');
  const status = async (id: unknown): Promise<unknown> => {
    const reply = await replay(url, {
      ...one,
      request: { ...one.request, body: { prompt: mergeGraph(), prompt_id: id } },
    });
    return reply.status === 200 ? 200 : [reply.status, JSON.parse(reply.text)];
  };
  const recordedReply = await replay(url, one);
  expect([recordedReply.status, JSON.parse(recordedReply.text)]).toEqual([one.status, one.body]);
  const uuid = 'b4abb425-f7b2-4dca-a7c3-05fc45b691cc';
  const others = [
    uuid.toUpperCase(),
    uuid.replaceAll('-', ''),
    `{${uuid}}`,
    `urn:uuid:${uuid}`,
    `${uuid} `,
    '',
    7,
    [uuid],
  ];
  for (const id of others) expect([id, await status(id)]).toEqual([id, [400, one.body]]);
  expect(await status(uuid)).toBe(200);
  // Left to the server.
  expect(await status(null)).toBe(200);
  // Without a prompt nobody looks at the id.
  const nothing = await fetch(`${url}/prompt`, { method: 'POST', body: JSON.stringify({ prompt_id: 'x' }) });
  expect(await nothing.json()).toMatchObject({ error: { type: 'no_prompt' } });
});

it('is as strict as newer versions are', async () => {
  const url = await start();
  const {
    note: _,
    system_stats: __,
    node_replacements: ___,
    ...others
  } = z.record(z.string(), z.unknown()).parse(recorded('newer_versions'));
  const exchanges = Object.entries(z.record(z.string(), ExchangeSchema).parse(others));
  const same = exchanges.filter(([name]) => name.startsWith('id_') || name === 'cross_site');
  expect(same).toHaveLength(9);
  for (const [name, one] of same) {
    const reply = await rawRequest(url, one, one.request.headers ?? {});
    expect([name, reply.status, reply.body]).toEqual([name, one.status, one.body]);
  }
});

it('runs nodes of classes that are gone as others, where they have a title, as newer versions do', async () => {
  const replacement = {
    old_node_id: 'T2IAdapterLoader',
    new_node_id: 'CheckpointLoaderSimple',
    input_mapping: [{ new_id: 'ckpt_name', old_id: 't2i_adapter_name' }],
    output_mapping: [{ old_idx: 0, new_idx: 2 }],
  };
  simulator = await startSimulator({ family: 'comfyui', replacements: [replacement] });
  const { url } = simulator;
  const exchanges = z
    .object({
      node_replacements: ExchangeSchema,
      replaced: ExchangeSchema,
      replaced_without_title: ExchangeSchema,
    })
    .parse(recorded('newer_versions'));
  // Its own nodes in place of the recorded ones.
  const here = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value)
        .replaceAll('ControlNetLoader', 'CheckpointLoaderSimple')
        .replaceAll('control_net_name', 'ckpt_name'),
    );
  const listed = z.record(z.string(), z.array(z.record(z.string(), z.unknown())));
  const known = listed.parse(exchanges.node_replacements.body);
  const own = listed.parse(await (await fetch(`${url}/node_replacements`)).json());
  expect(Object.keys(own['T2IAdapterLoader']?.[0] ?? {})).toEqual(
    expect.arrayContaining(Object.keys(known['T2IAdapterLoader']?.[0] ?? {})),
  );

  const save = { model: ['2', 0], clip: ['2', 1], vae: ['1', 0], filename_prefix: 'x' };
  const post = async (node: object): Promise<{ status: number; text: string }> => {
    const prompt = {
      1: node,
      2: { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'modelA.safetensors' } },
      3: { class_type: 'CheckpointSave', inputs: save },
    };
    const response = await fetch(`${url}/prompt`, { method: 'POST', body: JSON.stringify({ prompt }) });
    return { status: response.status, text: await response.text() };
  };
  const node = { class_type: 'T2IAdapterLoader', inputs: { t2i_adapter_name: 'nosuch.safetensors' } };
  const bare = await post(node);
  expect([bare.status, bare.text]).toEqual([500, exchanges.replaced_without_title.body]);
  const titled = await post({ ...node, _meta: { title: 'old' } });
  expect(titled.status).toBe(exchanges.replaced.status);
  const errorsIn = (body: unknown): unknown => {
    const errors = z.object({ node_errors: z.record(z.string(), z.unknown()) }).parse(body).node_errors['1'];
    return z
      .object({ class_type: z.string(), errors: z.array(z.object({ type: z.string() })) })
      .parse(errors);
  };
  expect(errorsIn(JSON.parse(titled.text))).toEqual(errorsIn(here(exchanges.replaced.body)));
  // The link to the old slot leads to the new one: a VAE, which the saver wants.
  const inputs = { t2i_adapter_name: 'modelB.safetensors' };
  expect((await post({ ...node, inputs, _meta: { title: 'old' } })).status).toBe(200);
});

it('overwrites the entry of a prompt_id that comes again', async () => {
  const url = await start();
  const id = 'b4abb425-f7b2-4dca-a7c3-05fc45b691cc';
  // The recorded server took any text for an id.
  const withUuid: unknown = JSON.parse(
    JSON.stringify(recorded('own_prompt_id')).replaceAll('autombw-run7-it0001', id),
  );
  const [first, second, history] = z.array(ExchangeSchema).parse(withUuid);
  if (first === undefined || second === undefined || history === undefined)
    throw new Error('three exchanges');
  const client = await Client.connect(url, 'bystander');
  expect(differences(await replay(url, first), first)).toEqual([]);
  await settled(url, id);
  expect(differences(await replay(url, second), second)).toEqual([]);
  await client.until(({ type, data }) => type === 'status' && JSON.stringify(data).includes(':0'));
  for (;;) {
    const reply = await replay(url, history);
    if (!reply.text.includes('"seed":24')) continue;
    // Here it was the second prompt, there the 76th.
    const body: unknown = JSON.parse(JSON.stringify(history.body).replace('[76,', '[1,'));
    expect(differences(reply, { ...history, body })).toEqual([]);
    break;
  }
});

/** Let in by the recorded version: newer ones refuse the first, and the simulator itself a name that is not its own. */
const STRICTER = ['sec_fetch_cross_site', 'foreign_host_header'];

it('looks at Origin and Host, and at the size of a body, as recorded or stricter', async () => {
  const url = await start();
  const port = new URL(url).port;
  for (const [name, one] of Object.entries(exchangesOf('origin_and_limits'))) {
    const headers = Object.fromEntries(
      Object.entries(one.request.headers ?? {}).map(([key, value]) => [key, value.replace('8188', port)]),
    );
    const isLarge = name === 'body_over_100_MiB';
    // Only announced: the refusal does not wait for the body.
    const length = isLarge ? { 'content-length': String(101 * 2 ** 20) } : {};
    const reply = await rawRequest(url, one, { ...headers, ...length });
    const status = STRICTER.includes(name) ? 403 : one.status;
    const whole = name === 'options' || isLarge ? one.body : { exec_info: { queue_remaining: 0 } };
    const wanted = status === 403 ? '' : whole;
    expect([name, reply.status, unlike(reply.body, wanted)]).toEqual([name, status, []]);
  }
});

it('leaves no recording out without a reason', () => {
  const files = readdirSync(new URL('../../../fixtures/comfyui/', import.meta.url));
  const accounted = new Set([...AT_START, ...HERE, ...REPLAYED_ELSEWHERE, ...Object.keys(NOT_REPLAYED)]);
  expect(files.map((file) => file.replace('.json', '')).filter((name) => !accounted.has(name))).toEqual([]);
});

function exchangesOf(name: string): Record<string, Exchange> {
  return z.record(z.string(), ExchangeSchema).parse(recorded(name));
}

/** `prompt` begins with a number and the id: neither can be the same. */
function withoutId(entry: unknown, id: string): unknown {
  return JSON.parse(JSON.stringify(entry).replaceAll(id, 'id'));
}

/** `fetch` sets Host and Content-Length by itself. */
async function rawRequest(
  url: string,
  { request: { method, path, body } }: Exchange,
  headers: Record<string, string>,
): Promise<{ status: number | undefined; body: unknown }> {
  return await new Promise((resolve, reject) => {
    const sent = request(url + path, { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => {
        const isJson = response.headers['content-type']?.includes('json') === true;
        resolve({ status: response.statusCode, body: isJson ? JSON.parse(text) : text });
        sent.destroy();
      });
    });
    sent.on('error', reject);
    if (headers['content-length'] === undefined)
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    else sent.write('{');
  });
}
