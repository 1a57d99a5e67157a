/** What else decides on an image: words, layers, batches, files, and which outputs are wanted. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { readPngTexts } from '../../../../src/simulator/png.ts';
import { fileOf, post, settled } from './client.ts';
import { mergeGraph, node, plainGraph, withInputs } from './graphs.ts';
import type { Graph } from './graphs.ts';
import { distance, shoot, startComfy } from './images.ts';
import type { Comfy } from './images.ts';
import { recorded } from './recording.ts';

let comfy: Comfy;
let url = '';

beforeAll(async () => {
  comfy = await startComfy();
  ({ url } = comfy);
});
afterAll(async () => {
  await comfy.close();
});

it('draws batches as recorded', async () => {
  const record = z
    .record(z.string(), z.union([z.number(), z.boolean()]))
    .parse(recorded('batch_comparisons'));
  const single = await shoot(url, mergeGraph());
  const batch = mergeGraph({ 6: { batch_size: 2 } });
  const [first, second] = [await shoot(url, batch), await shoot(url, batch, 1)];
  const next = await shoot(url, mergeGraph({ 7: { seed: 2 } }));
  expect(distance(first.pixels, single.pixels)).toBe(record['first_of_batch2_vs_single_same_seed_max_diff']);
  expect(distance(second.pixels, next.pixels)).toBeGreaterThan(100);
});

it('understands prompts, clip layers, encoders and a second pass as recorded', async () => {
  const record = z.record(z.string(), z.unknown()).parse(recorded('settings_checks'));
  const hash = async (graph: Graph): Promise<string> => (await shoot(url, graph)).hash;
  const text = (words: string): Graph => mergeGraph({ 4: { text: words } });
  const plain = await hash(text('a cat'));
  const prompts = Object.keys(record).flatMap((check) => {
    const words = /^prompt (".*") equals "a cat"$/u.exec(check)?.[1];
    return words === undefined ? [] : [{ check, words: z.string().parse(JSON.parse(words)) }];
  });
  expect(prompts).toHaveLength(7);
  for (const { check, words } of prompts) {
    expect([check, (await hash(text(words))) === plain]).toEqual([check, record[check]]);
  }
  expect(await hash(text('(a cat)'))).toBe(await hash(text('(a cat:1.1)')));

  const layer = (number: number): Graph => ({
    ...mergeGraph({ 4: { clip: ['30', 0] }, 5: { clip: ['30', 0] } }),
    30: node('CLIPSetLastLayer', { clip: ['1', 1], stop_at_clip_layer: number }),
  });
  expect((await hash(layer(-1))) === plain).toBe(record['CLIPSetLastLayer -1 equals none']);
  expect((await hash(layer(-2))) === plain).toBe(record['CLIPSetLastLayer -2 equals none']);

  const mixed = (ratio: number): Graph => ({
    ...mergeGraph({ 4: { clip: ['31', 0] }, 5: { clip: ['31', 0] } }),
    31: node('CLIPMergeSimple', { clip1: ['1', 1], clip2: ['2', 1], ratio }),
  });
  const other = await hash(mergeGraph({ 4: { clip: ['2', 1] }, 5: { clip: ['2', 1] } }));
  expect((await hash(mixed(1))) === plain).toBe(record['CLIPMergeSimple 1.0 equals A text encoder']);
  expect((await hash(mixed(0.5))) === plain).toBe(record['CLIPMergeSimple 0.5 equals A']);
  expect((await hash(mixed(0))) === other).toBe(record['CLIPMergeSimple 0.0 equals B text encoder']);

  const hires = await shoot(
    url,
    z
      .record(z.string(), z.object({ class_type: z.string(), inputs: z.record(z.string(), z.unknown()) }))
      .parse(record['hires_fix_workflow']),
  );
  expect(hires.pixels).toHaveLength(128 * 128 * 3);
});

it('reads a replaced file only after a prompt without it, and runs wanted outputs only, as recorded', async () => {
  const record = z.record(z.string(), z.unknown()).parse(recorded('further_checks'));
  comfy.folder.put({ name: 'work', unet: 'modelA' });
  const graph = withInputs(plainGraph('1'), { 1: { ckpt_name: 'work.safetensors' } });
  const old = await shoot(url, graph);
  comfy.folder.put({ name: 'work', unet: 'modelB' });
  const seed = (number: number): Graph => withInputs(graph, { 7: { seed: number } });
  await shoot(url, seed(2));
  expect((await shoot(url, graph)).hash === old.hash).toBe(
    record['replaced_checkpoint_file_still_gives_old_model'],
  );
  await shoot(url, plainGraph('2'));
  expect((await shoot(url, graph)).hash === old.hash).toBe(
    record['after_a_prompt_without_it_old_model_still_used'],
  );

  const two: Graph = {
    ...mergeGraph(),
    17: node('KSampler', { ...mergeGraph()['7']?.inputs, model: ['1', 0] }),
    18: node('VAEDecode', { samples: ['17', 0], vae: ['1', 2] }),
    19: node('PreviewImage', { images: ['18', 0] }),
  };
  const { prompt_id: id } = await post(url, { prompt: two, partial_execution_targets: ['19'] });
  expect(Object.keys((await settled(url, id)).outputs)).toEqual(['19']);

  const both = await shoot(url, two);
  expect(both.hash).toBe((await shoot(url, mergeGraph())).hash);
  expect(Object.keys(both.entry.outputs)).toHaveLength(2);
});

it('writes the graph, and what comes with it, into every image', async () => {
  const graph = mergeGraph({ 4: { text: 'a cat, 猫' }, 7: { seed: 5 } });
  const more = { extra_data: { extra_pnginfo: { autombw: { iteration: 7 } } } };
  const { prompt_id: id } = await post(url, { prompt: graph, ...more });
  const { prompt, autombw } = readPngTexts(await fileOf(url, await settled(url, id), '9'));
  expect(JSON.parse(prompt ?? '')).toEqual(graph);
  expect(JSON.parse(autombw ?? '')).toEqual({ iteration: 7 });
});
