/** Merged weights, read from the files that the server writes. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openCheckpoint } from '../../../../src/checkpoints/checkpoint-file.ts';
import { startSimulator } from '../../../../src/simulator/index.ts';
import { partOf } from '../../../../src/simulator/models/state-dict.ts';
import { post, settled } from './client.ts';
import { mergeGraph, plainGraph, withInputs } from './graphs.ts';
import { shoot, startComfy } from './images.ts';
import type { Comfy } from './images.ts';
import { ExchangeSchema, isObject, recorded } from './recording.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

let comfy: Comfy;
let url = '';

beforeAll(async () => {
  comfy = await startComfy();
  ({ url } = comfy);
});
afterAll(async () => {
  await comfy.close();
});

it('reaches weights from -1 to 2 with the recorded graph', async () => {
  const { prompt_exchange: posted, weights } = z
    .object({ prompt_exchange: ExchangeSchema, weights: z.record(z.string(), z.number()) })
    .parse(recorded('extrapolation_minus1_to_2'));
  const body = posted.request.body;
  if (!isObject(body)) throw new Error('a prompt');
  const entry = await settled(url, (await post(url, body)).prompt_id);
  expect(entry.status.status_str).toBe('success');
  const [a, b] = [comfy.tensors('modelA'), comfy.tensors('modelB')];
  const saved = comfy.tensors('autombw-ext_00001_');
  let furthest = 0;
  for (const [key, { data }] of saved) {
    if (partOf(key) !== 'unet') continue;
    const name = Object.keys(weights).find((start) => key.startsWith(`model.diffusion_model.${start}`)) ?? '';
    const [from, to] = [a.get(key)?.data, b.get(key)?.data];
    for (const [i, value] of data.entries()) {
      const wanted = (from?.[i] ?? 0) + (weights[name] ?? 0) * ((to?.[i] ?? 0) - (from?.[i] ?? 0));
      furthest = Math.max(furthest, Math.abs(value - wanted));
    }
  }
  expect(furthest).toBeLessThan(1e-6);
});

it('saves what it merges, bit for bit, into the list of checkpoints', async () => {
  const record = z
    .record(
      z.string(),
      z.object({
        prompt_exchange: ExchangeSchema,
        models_after: ExchangeSchema,
        view_metadata: ExchangeSchema,
      }),
    )
    .parse(recorded('checkpoint_save'))['float32 UNet (server default on CPU)'];
  const body = record?.prompt_exchange.request.body;
  if (record === undefined || !isObject(body)) throw new Error('a prompt');
  const { prompt } = z.object({ prompt: z.record(z.string(), z.unknown()) }).parse(body);
  const entry = await settled(url, (await post(url, body)).prompt_id);
  expect([entry.outputs, entry.meta]).toEqual([{}, {}]);
  const list = z.array(z.string()).parse(await (await fetch(url + record.models_after.request.path)).json());
  expect(list).toContain('autombw-best_00001_.safetensors');
  expect(list).toEqual(list.toSorted());
  const metadata: unknown = await (await fetch(url + record.view_metadata.request.path)).json();
  expect(metadata).toMatchObject({ 'modelspec.predict_key': 'epsilon' });

  const MergeSchema = z.object({ 3: z.object({ inputs: z.record(z.string(), z.unknown()) }) });
  const { inputs } = MergeSchema.parse(prompt)[3];
  const saved = comfy.tensors('autombw-best_00001_');
  const [a, b] = [comfy.tensors('modelA'), comfy.tensors('modelB')];
  expect([...saved.keys()].toSorted()).toEqual([...a.keys()].toSorted());
  for (const [key, { data }] of saved) {
    const name = Object.keys(inputs).find((start) => key.startsWith(`model.diffusion_model.${start}`));
    const ratio = name === undefined ? 1 : Number(inputs[name]);
    const wanted = a
      .get(key)
      ?.data.map((x, i) =>
        Math.fround(
          Math.fround(x * Math.fround(ratio)) +
            Math.fround((b.get(key)?.data[i] ?? 0) * Math.fround(1 - ratio)),
        ),
      );
    expect(data).toEqual(name === undefined ? a.get(key)?.data : wanted);
  }

  const live = await shoot(url, { ...mergeGraph(), 3: { class_type: 'ModelMergeSD1', inputs } });
  const loaded = await shoot(
    url,
    withInputs(plainGraph('1'), { 1: { ckpt_name: 'autombw-best_00001_.safetensors' } }),
  );
  expect(loaded.hash).toBe(live.hash);
  // Another counter when it runs again, and nothing at all when its result is still known.
  for (const again of [1, 2]) {
    const more = { extra_data: { extra_pnginfo: { again } } };
    await settled(url, (await post(url, { prompt, ...more })).prompt_id);
  }
  const names = comfy.folder.list().map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('autombw-best'))).toEqual([
    'autombw-best_00001_',
    'autombw-best_00002_',
  ]);
});

it('saves into a real folder, too', async () => {
  const modelsDir = temporaryFolder('comfyui');
  const simulator = await startSimulator({ family: 'comfyui', modelsDir });
  const save = { model: ['3', 0], clip: ['1', 1], vae: ['1', 2], filename_prefix: 'checkpoints/best' };
  const prompt = { ...mergeGraph(), 9: { class_type: 'CheckpointSave', inputs: save } };
  await settled(simulator.url, (await post(simulator.url, { prompt })).prompt_id);
  await simulator.close();
  const { tensors } = openCheckpoint(path.join(modelsDir, 'best_00001_.safetensors'));
  expect(tensors.map(({ name }) => name)).toEqual(
    openCheckpoint(path.join(modelsDir, 'modelA.safetensors')).tensors.map(({ name }) => name),
  );
  rmSync(modelsDir, { recursive: true });
});
