/** Models that are not what they should be, and faults on order. */
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseFault, startSimulator } from '../../../../src/simulator/index.ts';
import type { Simulator } from '../../../../src/simulator/index.ts';
import type { StateDict } from '../../../../src/simulator/models/state-dict.ts';
import { partOf, UNET_PREFIX } from '../../../../src/simulator/models/state-dict.ts';
import { Client, entryOf, fileOf, pixelsOf, post, send, settled } from './client.ts';
import { mergeGraph, plainGraph, withInputs, withRatios } from './graphs.ts';
import type { Graph } from './graphs.ts';
import { shoot, startComfy } from './images.ts';
import type { Comfy } from './images.ts';
import { recorded, unlike } from './recording.ts';

let comfy: Comfy | undefined;
let simulator: Simulator | undefined;

afterEach(async () => {
  await comfy?.close();
  await simulator?.close();
  comfy = undefined;
  simulator = undefined;
});

const FailureSchema = z.looseObject({
  execution_error: z
    .object({ data: z.record(z.string(), z.unknown()) })
    .nullable()
    .optional(),
});

describe('models', () => {
  it('black images for NaN, and only where it takes part', async () => {
    const { url, folder, tensors } = await start();
    const key = `${UNET_PREFIX}middle_block.0.in_layers.2.weight`;
    folder.write(
      'modelNaN',
      replaced(tensors('modelA'), key, (data) => data.fill(Number.NaN, 0, 1)),
      null,
    );
    const file = { ckpt_name: 'modelNaN.safetensors' };
    const isBlack = async (graph: Graph): Promise<boolean> =>
      (await shoot(url, graph)).pixels.every((value) => value === 0);
    expect(await isBlack(withInputs(plainGraph('1'), { 1: file }))).toBe(true);
    expect(await isBlack(withInputs(withRatios(1), { 2: file }))).toBe(false);
    expect(await isBlack(withInputs(withRatios(0.99), { 2: file }))).toBe(true);
    expect(await isBlack(withInputs(withRatios(0), { 1: file }))).toBe(true);
    const body = JSON.stringify({ prompt: withRatios(0.5, { 'out.': 'bare' }) }).replace('"bare"', 'NaN');
    const reply = await fetch(`${url}/prompt`, { method: 'POST', body });
    const { prompt_id: id } = z.object({ prompt_id: z.string() }).parse(await reply.json());
    const entry = await settled(url, id);
    expect((await pixelsOf(await fileOf(url, entry, '9'))).every((value) => value === 0)).toBe(true);
  });

  it('errors of broken files, missing parts and sizes as recorded', async () => {
    const { url, folder, tensors } = await start();
    folder.put({ name: 'broken', broken: true });
    const unet = new Map([...tensors('modelA')].filter(([key]) => partOf(key) === 'unet'));
    folder.write('unetonly', unet, null);
    const only = { 1: { ckpt_name: 'unetonly.safetensors' } };
    const cases: Record<string, Graph> = {
      corrupt_checkpoint: withInputs(plainGraph('1'), { 1: { ckpt_name: 'broken.safetensors' } }),
      checkpoint_without_text_encoder: withInputs(plainGraph('1'), only),
      checkpoint_without_vae: withInputs(plainGraph('2'), { 2: only[1], 8: { vae: ['2', 2] } }),
      allocation_failure_on_cpu: withInputs(plainGraph('1'), {
        6: { width: 16384, height: 16384, batch_size: 4096 },
      }),
    };
    const record = z.record(z.string(), FailureSchema).parse(recorded('runtime_failures'));
    const client = await Client.connect(url, 'me');
    for (const [name, graph] of Object.entries(cases)) {
      await client.run(graph);
      const error = client.messages.findLast(({ type }) => type === 'execution_error');
      const varies = ['executed', 'current_outputs', 'current_inputs'];
      expect([name, unlike(error?.data, record[name]?.execution_error?.data, varies)]).toEqual([name, []]);
    }
  });

  it('success without a word when shapes or families do not fit', async () => {
    const { url, folder, tensors } = await start();
    const key = `${UNET_PREFIX}input_blocks.0.0.weight`;
    const inpaint = new Map(tensors('modelB'));
    inpaint.set(key, { shape: [8, 9, 1, 1], data: new Float32Array(72) });
    folder.write('inpaint', inpaint, null);
    const save = {
      class_type: 'CheckpointSave',
      inputs: { model: ['3', 0], clip: ['1', 1], vae: ['1', 2], filename_prefix: 'checkpoints/odd' },
    };
    const graph = { ...withInputs(withRatios(0.5), { 2: { ckpt_name: 'inpaint.safetensors' } }), 9: save };
    expect((await settled(url, (await post(url, { prompt: graph })).prompt_id)).status.status_str).toBe(
      'success',
    );
    const halved = tensors('modelA')
      .get(key)
      ?.data.map((value) => 0.5 * value);
    expect(tensors('odd_00001_').get(key)?.data).toEqual(halved);
  });

  it('"0.25" is the number', async () => {
    const { url } = await start();
    const text = await shoot(url, withRatios(0.5, { 'out.': '0.25' }));
    const number = await shoot(url, withRatios(0.5, { 'out.': 0.25 }));
    expect([text.hash, number.cached]).toEqual([number.hash, ['1', '2', '3', '4', '5', '6', '7', '8', '9']]);
  });
});

describe('faults', () => {
  it.each([
    ['oom@2', 'torch.OutOfMemoryError'],
    ['error500@2', 'RuntimeError'],
  ])('%s ends the prompt with an error', async (fault, type) => {
    const url = await startWith(fault);
    const client = await Client.connect(url, 'me');
    await client.run(mergeGraph());
    const id = await client.run(mergeGraph({ 7: { seed: 2 } }));
    const [last] = (await entryOf(url, id))?.status.messages.slice(-1) ?? [];
    expect([last?.[0], last?.[1]['exception_type'], last?.[1]['node_id']]).toEqual([
      'execution_error',
      type,
      '7',
    ]);
    const again = await client.run(mergeGraph({ 7: { seed: 2 } }));
    expect((await entryOf(url, again))?.status.status_str).toBe('success');
  });

  it('interrupted presses the button half way', async () => {
    const url = await startWith('interrupted@1');
    const client = await Client.connect(url, 'me');
    await client.run(mergeGraph({ 7: { steps: 4 } }));
    expect(client.messages.some(({ type }) => type === 'execution_interrupted')).toBe(true);
    expect(client.messages.filter(({ type }) => type === 'progress')).toHaveLength(2);
  });

  it('drop cuts the socket, and the run goes on', async () => {
    const url = await startWith('drop@1');
    const client = await Client.connect(url, 'me');
    const { prompt_id: id } = await post(url, { prompt: mergeGraph({ 7: { steps: 4 } }), client_id: 'me' });
    await client.untilClosed();
    expect(client.closeCode).toBe(1006);
    expect((await settled(url, id)).status.status_str).toBe('success');
  });

  it('forget ends the server: nothing is known of the prompt', async () => {
    const url = await startWith('forget@1');
    const client = await Client.connect(url, 'me');
    const { prompt_id: id } = await post(url, { prompt: mergeGraph(), client_id: 'me' });
    await client.untilClosed();
    expect(await entryOf(url, id)).toBeUndefined();
    expect(await (await fetch(`${url}/queue`)).json()).toEqual({ queue_running: [], queue_pending: [] });
    const next = await post(url, { prompt: mergeGraph() });
    expect((await settled(url, next.prompt_id)).status.status_str).toBe('success');
  });

  it('stall waits for an interrupt', async () => {
    const url = await startWith('stall@1');
    const client = await Client.connect(url, 'me');
    const { prompt_id: id } = await post(url, { prompt: mergeGraph(), client_id: 'me' });
    await client.until(({ data }) => data['node'] === '7');
    await send(url, '/interrupt', { prompt_id: id });
    await client.ended(id);
    expect((await entryOf(url, id))?.status.messages.at(-1)?.[0]).toBe('execution_interrupted');
  });

  it('black, frozen and rubbish spoil the image', async () => {
    const url = await startWith('black@2', 'frozen@3', 'rubbish@4');
    const first = await shoot(url, mergeGraph());
    const black = await shoot(url, mergeGraph({ 7: { seed: 2 } }));
    expect(black.pixels.every((value) => value === 0)).toBe(true);
    const frozen = await shoot(url, mergeGraph({ 7: { seed: 3 } }));
    expect([frozen.hash, first.hash === frozen.hash]).toEqual([black.hash, false]);
    const { prompt_id: id } = await post(url, { prompt: mergeGraph({ 7: { seed: 4 } }) });
    expect((await fileOf(url, await settled(url, id), '9')).toString()).toContain('<html>');
  });

  it('stale-unet samples with the weights of before', async () => {
    const url = await startWith('stale-unet@2');
    const first = await shoot(url, withRatios(0.75));
    expect((await shoot(url, withRatios(0.25))).hash).toBe(first.hash);
    expect(simulator?.position().M00).toBe(0.25);
  });

  it('slow-start takes no connections at first', async () => {
    const url = await startWith('slow-start@2');
    await expect(fetch(`${url}/prompt`)).rejects.toThrow();
    await expect(Client.connect(url, 'me')).rejects.toThrow();
    expect((await fetch(`${url}/prompt`)).status).toBe(200);
  });

  it('counts images and waits', async () => {
    const url = await startWith();
    await shoot(url, mergeGraph({ 6: { batch_size: 3 } }));
    await shoot(url, mergeGraph());
    const { images, idleMs, requests } = simulator?.stats() ?? {};
    expect([images, idleMs?.length, requests?.['POST /prompt']]).toEqual([4, 1, 2]);
  });
});

async function start(): Promise<Comfy> {
  comfy = await startComfy();
  return comfy;
}

async function startWith(...faults: string[]): Promise<string> {
  simulator = await startSimulator({ family: 'comfyui', faults: faults.map(parseFault) });
  return simulator.url;
}

function replaced(model: StateDict, key: string, change: (data: Float32Array) => void): StateDict {
  const tensor = model.get(key);
  if (tensor === undefined) throw new Error(`no ${key}`);
  const data = tensor.data.slice();
  change(data);
  return new Map([...model, [key, { ...tensor, data }]]);
}
