import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { catalogOf } from '../../../../src/renderers/comfyui/attach.ts';
import { checkpointSource } from '../../../../src/renderers/comfyui/graph/model-source.ts';
import { loadWorkflowFile, parseWorkflow } from '../../../../src/renderers/comfyui/graph/workflow-file.ts';
import { buildWorkflow } from '../../../../src/renderers/comfyui/graph/workflow.ts';
import { uniformWeights } from '../../../../src/space/blocks.ts';
import { makeWorkFolder } from '../../../helpers/work-folder.ts';
import { makeRequest } from '../make-request.ts';
import { closeAll, render, start, signal } from './comfy-world.ts';
import { objectInfo, part, postedGraph } from './recordings.ts';
import { problemsOf } from './validate-graph.ts';

afterEach(closeAll);

/** The recorded hires workflow, marked by hand. */
function marked(): Record<string, { class_type: string; inputs: Record<string, unknown> }> {
  const {
    1: _,
    2: __,
    3: ___,
    ...nodes
  } = structuredClone(postedGraph('settings_checks', 'hires_fix_workflow')) as Record<
    string,
    { class_type: string; inputs: Record<string, unknown> }
  >;
  const set = (id: string, inputs: Record<string, unknown>): void => {
    Object.assign(nodes[id]?.inputs ?? {}, inputs);
  };
  const sampler = { model: '%model%', seed: '%seed%', steps: '%steps%', cfg: '%cfg_scale%' };
  set('4', { text: 'best quality, %prompt%, sharp', clip: '%clip%' });
  set('5', { text: '%negative_prompt%', clip: '%clip%' });
  set('6', { width: '%width%', height: '%height%' });
  set('7', { ...sampler, sampler_name: '%sampler_name%', scheduler: '%scheduler%' });
  set('41', { ...sampler, denoise: '%denoising_strength%' });
  set('8', { vae: '%vae%' });
  return nodes;
}

const parse = (nodes: unknown): ReturnType<typeof parseWorkflow> => parseWorkflow(nodes, 'mine.json');
const options = {
  source: checkpointSource({ modelA: 'modelA.safetensors', modelB: 'modelB.safetensors' }, 'sd1'),
  catalog: catalogOf(new Map(Object.entries(objectInfo()))),
} as const;

describe('a workflow file', () => {
  it('becomes one copy of its nodes for every image, which the recorded server would take', () => {
    const requests = [
      makeRequest({ denoising_strength: 0.6 }, { id: 'cats/0', seeds: [5, 6] }),
      makeRequest({ sampler_name: 'DPM++ 2M', width: 64 }, { id: 'dogs/0', seeds: [7] }),
    ];
    const { graph, outputs } = buildWorkflow(
      { weights: uniformWeights(0.5, 'sd1'), requests },
      { ...options, workflow: parse(marked()) },
    );
    expect(problemsOf(graph, objectInfo())).toEqual([]);
    expect([...outputs].map(([node, { request, index, sent }]) => [node, request.id, index, sent])).toEqual([
      ['p0s0_9', 'cats/0', 0, { seed: 5, sampler: 'euler', width: 128, height: 128 }],
      ['p0s1_9', 'cats/0', 1, { seed: 6, sampler: 'euler', width: 128, height: 128 }],
      ['p1s0_9', 'dogs/0', 0, { seed: 7, sampler: 'dpmpp_2m', width: 64, height: 128 }],
    ]);
    expect(graph['p0s1_41']?.inputs).toMatchObject({
      model: ['merge', 0],
      seed: 6,
      denoise: 0.6,
      latent_image: ['p0s1_40', 0],
      steps: 4,
      cfg: 7,
    });
    expect(graph['p0s0_4']?.inputs).toEqual({ text: 'best quality, a cat, sharp', clip: ['a', 1] });
    expect(graph['p1s0_5']?.inputs['text']).toBe('');
    expect(graph['p1s0_8']?.inputs['vae']).toEqual(['a', 2]);
    expect(graph['p1s0_7']?.inputs).toMatchObject({ sampler_name: 'dpmpp_2m', scheduler: 'karras' });
  });

  it('gets plain model A without a merge, clip skip through its mark, and previews in place of saved files', () => {
    const nodes = marked();
    nodes['9'] = { class_type: 'SaveImage', inputs: { images: ['8', 0], filename_prefix: '%prompt%' } };
    const { graph } = buildWorkflow(
      {
        weights: 'model-a',
        requests: [makeRequest({ clip_skip: 2, override_settings: { sd_vae: 'pixel_space' } })],
      },
      { ...options, workflow: parse(nodes) },
    );
    expect(graph['p0s0_7']?.inputs['model']).toEqual(['a', 0]);
    expect(graph['p0s0_4']?.inputs['clip']).toEqual(['p0_clip', 0]);
    expect(graph['p0s0_8']?.inputs['vae']).toEqual(['p0_vae', 0]);
    expect(graph['p0s0_9']).toEqual({ class_type: 'PreviewImage', inputs: { images: ['p0s0_8', 0] } });
    expect(problemsOf(graph, objectInfo())).toEqual([]);
  });

  it('does not read what it does not mark', () => {
    const nodes = marked();
    Object.assign(nodes['7']?.inputs ?? {}, { sampler_name: 'euler', scheduler: 'simple' });
    const request = makeRequest({ sampler_name: 'Restart', enable_hr: true });
    const { graph, outputs } = buildWorkflow(
      { weights: 'model-a', requests: [request] },
      { ...options, workflow: parse(nodes) },
    );
    expect(graph['p0s0_7']?.inputs['sampler_name']).toBe('euler');
    expect(graph['p0s0_41']?.inputs['denoise']).toBe(1);
    expect(outputs.get('p0s0_9')?.sent.sampler).toBeNull();
  });

  it('does not take a text of the user for a mark', () => {
    const { graph } = buildWorkflow(
      { weights: 'model-a', requests: [{ ...makeRequest(), prompt: '%negative_prompt% $& %seed%' }] },
      { ...options, workflow: parse(marked()) },
    );
    expect(graph['p0s0_4']?.inputs['text']).toBe('best quality, %negative_prompt% $& %seed%, sharp');
  });

  it.each([
    ['the editor’s format', { nodes: [], links: [], version: 0.4 }, 'Export (API)'],
    ['a list', [], 'not a workflow in API format'],
    ['nothing', {}, 'not a workflow in API format'],
    ['a prompt of POST /prompt', { prompt: {}, client_id: 'x' }, 'not a workflow in API format'],
  ])('%s is refused', (_, value, words) => {
    expect(() => parse(value)).toThrow(words);
    expect(() => parse(value)).toThrow(expect.objectContaining({ code: 'workflow-invalid', kind: 'usage' }));
  });

  it('the recorded graph format is recognised', () => {
    const body = part('post_prompt_errors', 'graph_format_instead_of_api', 'request', 'body', 'prompt');
    expect(() => parse(body)).toThrow('format');
  });

  it.each([
    ['model', 'has no input "%model%"'],
    ['seed', 'has no input "%seed%"'],
  ])('one without %%%s%% is refused', (mark, words) => {
    const text = JSON.stringify(marked()).replaceAll(`"%${mark}%"`, '7');
    expect(() => parse(JSON.parse(text))).toThrow(words);
  });

  it('one without an output, with two, or with a link to nowhere is refused', () => {
    const { 9: output, ...without } = marked();
    expect(() => parse(without)).toThrow('exactly one PreviewImage or SaveImage node, but has none');
    expect(() => parse({ ...without, 9: output, 10: output })).toThrow('has "9" and "10"');
    expect(() =>
      parse({ ...marked(), 20: { class_type: 'VAEDecode', inputs: { samples: ['77', 0] } } }),
    ).toThrow('links "samples" of node "20" to a missing node "77"');
  });

  it('is read from disk, with a sentence when it cannot be', async () => {
    const folder = makeWorkFolder();
    const file = path.join(folder.path, 'flow.json');
    await expect(loadWorkflowFile(file)).rejects.toMatchObject({
      code: 'workflow-unreadable',
      kind: 'usage',
    });
    folder.write('flow.json', '{"1":');
    await expect(loadWorkflowFile(file)).rejects.toThrow('is not JSON: ');
    folder.write('flow.json', JSON.stringify(marked()));
    expect((await loadWorkflowFile(file)).output).toBe('9');
  });

  it('renders, and is refused by open where the server lacks one of its nodes', async () => {
    const workflow = parse({ ...marked(), 50: { class_type: 'FreeU_V3', inputs: {} } });
    const lacking = await start({ workflow });
    await expect(lacking.renderer.open(signal)).rejects.toThrow(
      'no node FreeU_V3, which the workflow file "mine.json" uses',
    );
    const { renderer } = await start({ workflow: parse(marked()) });
    await renderer.open(signal);
    const images = await render(renderer);
    expect(images.map(({ request, reported }) => [request.id, reported.seed])).toEqual([
      ['cats/1', 1],
      ['cats/2', 2],
      ['cats/3', 3],
    ]);
  });
});
