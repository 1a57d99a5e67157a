import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { architectureRow } from '../../../../src/architectures/registry.ts';
import { TRANSFORMER_FAMILIES } from '../../../../src/architectures/transformers/families.ts';
import { catalogOf } from '../../../../src/renderers/comfyui/attach.ts';
import { COMFY_FAMILIES } from '../../../../src/renderers/comfyui/families/registry.ts';
import type { Graph } from '../../../../src/renderers/comfyui/graph/graph.ts';
import { buildWorkflow } from '../../../../src/renderers/comfyui/graph/workflow.ts';
import { parseWorkflow, type UserWorkflow } from '../../../../src/renderers/comfyui/graph/workflow-file.ts';
import { nodeInfoSchema, type NodeInfo } from '../../../../src/renderers/comfyui/schemas.ts';
import { setUpTransformer, type TransformerSetup } from '../../../../src/renderers/comfyui/transformer.ts';
import { warningsOn } from '../../../../src/renderers/comfyui/warnings.ts';
import { uniformWeights } from '../../../../src/space/blocks.ts';
import type { Architecture } from '../../../../src/space/blocks.ts';
import type { ImageRequest } from '../../../../src/types.ts';
import { makeRequest } from '../make-request.ts';
import { exchange } from './recordings.ts';
import { problemsOf } from './validate-graph.ts';

interface Files {
  readonly checkpoints?: readonly string[];
  readonly networks?: readonly string[];
  readonly textEncoders?: readonly string[];
  readonly vaes?: readonly string[];
}

const MODELS = ['a.safetensors', 'b.safetensors', 'a-turbo.safetensors'];

/** The recorded nodes of ComfyUI 0.27.0 with these files, and a node that merges the family. */
function serverWith(architecture: Architecture, files: Files): Record<string, NodeInfo> {
  const recorded = z.record(z.string(), nodeInfoSchema).parse(exchange('get_object_info_transformers').body);
  const lists: readonly (readonly [RegExp, readonly string[]])[] = [
    [/^ckpt_name$/, files.checkpoints ?? []],
    [/^unet_name$/, files.networks ?? MODELS],
    [/^clip_name\d?$/, files.textEncoders ?? []],
    [/^vae_name$/, [...(files.vaes ?? []), 'pixel_space']],
    [/^lora_name$/, ['style.safetensors']],
  ];
  const nodes = Object.entries(recorded).map(([name, info]): [string, NodeInfo] => {
    const inputs = Object.entries(info.input.required).map(([input, spec]) => {
      const list = lists.find(([pattern]) => pattern.test(input))?.[1];
      return [input, list === undefined ? spec : [list]] as const;
    });
    return [name, { ...info, input: { ...info.input, required: Object.fromEntries(inputs) } }];
  });
  const ratios = architectureRow(architecture).blocks.map(
    (block) => [`${block}.`, ['FLOAT', { min: 0, max: 1 }]] as const,
  );
  const merge: NodeInfo = {
    input: { required: { model1: ['MODEL'], model2: ['MODEL'], ...Object.fromEntries(ratios) } },
    output_node: false,
    output: ['MODEL'],
    python_module: 'comfy_extras.nodes_model_merging_model_specific',
  };
  return { ...Object.fromEntries(nodes), ModelMergeX: merge };
}

interface Options {
  readonly modelA?: string;
  readonly textEncoders?: readonly string[];
  readonly vae?: string;
  readonly workflow?: UserWorkflow;
}

interface Built {
  readonly graph: Graph;
  readonly setup: TransformerSetup;
  readonly warnings: readonly string[];
}

/** Also checks that the server would take the prompt. */
function build(
  architecture: Architecture,
  files: Files,
  { modelA = 'a.safetensors', textEncoders, vae, workflow }: Options = {},
  request: ImageRequest = makeRequest(NOTHING, { seeds: [1] }),
): Built {
  const nodes = serverWith(architecture, files);
  const infos = new Map(Object.entries(nodes));
  const catalog = catalogOf(infos);
  const setup = setUpTransformer(
    architectureRow(architecture),
    { modelA, modelB: 'b.safetensors' },
    { textEncoders, vae, workflow },
    { nodes: infos, catalog, address: 'http://x' },
  );
  const { graph } = buildWorkflow(
    { weights: uniformWeights(0.5, architecture), requests: [request] },
    { source: setup.source, drawing: setup.drawing, catalog, workflow },
  );
  expect(problemsOf(graph, nodes)).toEqual([]);
  return { graph, setup, warnings: warningsOn([request], workflow, { catalog, transformer: setup }) };
}

/** A payload that leaves everything to the family. */
const NOTHING = {
  steps: undefined,
  cfg_scale: undefined,
  sampler_name: undefined,
  scheduler: undefined,
  width: undefined,
  height: undefined,
};

/** What of a prompt differs from family to family, in one line. */
function summary({ graph }: Built): string {
  const input = (id: string, name: string): string => JSON.stringify(graph[id]?.inputs[name]);
  const sampler = ['steps', 'sampler_name', 'scheduler', 'cfg'].map((name) => input('p0s0_sample', name));
  const [steps = '', name = '', scheduler = '', cfg = ''] = sampler;
  const encoders = Object.values(graph['clip']?.inputs ?? {}).map((value) => JSON.stringify(value));
  return [
    graph['a']?.class_type ?? '',
    ...(graph['clip'] === undefined ? [] : [[graph['clip'].class_type, ...encoders].join(' ')]),
    ...(graph['vae'] === undefined ? [] : [input('vae', 'vae_name')]),
    `${graph['p0_latent']?.class_type} ${input('p0_latent', 'width')}`,
    `${steps} × ${name} ${scheduler}, cfg ${cfg}`,
    ...(graph['p0_pos_guidance'] === undefined ? [] : [`guidance ${input('p0_pos_guidance', 'guidance')}`]),
    ...Object.values(graph).flatMap(({ class_type: one }) => (one === 'CFGNorm' ? [one] : [])),
  ]
    .join('; ')
    .replaceAll('.safetensors', '')
    .replaceAll('"', '');
}

/** Everything that somebody with many models may have in these folders. */
const FULL: Files = {
  textEncoders: [
    'clip_g.safetensors',
    'clip_l.safetensors',
    'clip_g_hidream.safetensors',
    'clip_l_hidream.safetensors',
    'gemma_2_2b_fp16.safetensors',
    'gemma_3_4b_it_bf16.safetensors',
    'gpt_oss_20b_nvfp4.safetensors',
    'jina_clip_v2_bf16.safetensors',
    'llama_3.1_8b_instruct_fp8_scaled.safetensors',
    'ministral-3-3b.safetensors',
    'mistral_3_small_flux2_bf16.safetensors',
    'oldt5_xxl_fp8_e4m3fn_scaled.safetensors',
    'ovis_2.5.safetensors',
    'qwen_2.5_vl_7b_fp8_scaled.safetensors',
    'qwen_3_06b_base.safetensors',
    'qwen_3_4b.safetensors',
    'qwen_3_8b_fp8mixed.safetensors',
    'qwen3vl_4b_fp8_scaled.safetensors',
    'qwen3vl_8b_fp8_scaled.safetensors',
    't5/t5xxl_fp16.safetensors',
    'umt5_xxl_fp8_e4m3fn_scaled.safetensors',
  ],
  vaes: [
    'FLUX1\\ae.safetensors',
    'flux2-vae.safetensors',
    'qwen_image_vae.safetensors',
    'qwen_image_2.1_vae_bf16.safetensors',
    'wan_2.1_vae.safetensors',
    'sdxl_vae.safetensors',
    'sd3_vae.safetensors',
    'taesd3',
  ],
};

/** Loader; encoders and their type; VAE; latent and size; steps, sampler, scheduler, CFG; the rest. */
const EXPECTED: readonly (readonly [Architecture, string])[] = [
  [
    'sd3',
    'UNETLoader; TripleCLIPLoader clip_l clip_g t5/t5xxl_fp16; sd3_vae; EmptySD3LatentImage 1024; 20 × euler sgm_uniform, cfg 4',
  ],
  [
    'flux2',
    'UNETLoader; CLIPLoader mistral_3_small_flux2_bf16 flux2; flux2-vae; EmptyFlux2LatentImage 1024; 20 × euler simple, cfg 1; guidance 4',
  ],
  [
    'flux2:double_blocks=5,single_blocks=20,-guidance_in',
    'UNETLoader; CLIPLoader qwen_3_4b flux2; flux2-vae; EmptyFlux2LatentImage 1024; 4 × euler simple, cfg 1',
  ],
  [
    'flux2:single_blocks=24,-guidance_in',
    'UNETLoader; CLIPLoader qwen_3_8b_fp8mixed flux2; flux2-vae; EmptyFlux2LatentImage 1024; 4 × euler simple, cfg 1',
  ],
  [
    'chroma',
    'UNETLoader; CLIPLoader t5/t5xxl_fp16 chroma; FLUX1\\\\ae; EmptySD3LatentImage 1024; 26 × euler beta, cfg 3.5',
  ],
  [
    'chroma:-img_in,+img_in_patch,+nerf_blocks',
    'UNETLoader; CLIPLoader t5/t5xxl_fp16 chroma; pixel_space; EmptyChromaRadianceLatentImage 1024; 30 × euler beta, cfg 3.5',
  ],
  [
    'flux1',
    'UNETLoader; DualCLIPLoader clip_l t5/t5xxl_fp16 flux; FLUX1\\\\ae; EmptySD3LatentImage 1024; 20 × euler simple, cfg 1; guidance 3.5',
  ],
  [
    'flux1:-guidance_in',
    'UNETLoader; DualCLIPLoader clip_l t5/t5xxl_fp16 flux; FLUX1\\\\ae; EmptySD3LatentImage 1024; 4 × euler simple, cfg 1',
  ],
  [
    'flux1:-vector_in,-guidance_in',
    'UNETLoader; CLIPLoader qwen_2.5_vl_7b_fp8_scaled longcat_image; FLUX1\\\\ae; EmptySD3LatentImage 1024; 20 × euler simple, cfg 4; CFGNorm',
  ],
  [
    'flux1:-vector_in,-guidance_in,+txt_norm',
    'UNETLoader; CLIPLoader ovis_2.5 ovis; FLUX1\\\\ae; EmptySD3LatentImage 1024; 20 × euler simple, cfg 5',
  ],
  [
    'z-image',
    'UNETLoader; CLIPLoader qwen_3_4b lumina2; FLUX1\\\\ae; EmptySD3LatentImage 1024; 25 × res_multistep simple, cfg 4',
  ],
  [
    'lumina2',
    'UNETLoader; CLIPLoader gemma_2_2b_fp16 lumina2; FLUX1\\\\ae; EmptySD3LatentImage 1024; 30 × res_multistep simple, cfg 4',
  ],
  [
    'lumina2:+clip_text_pooled_proj',
    'UNETLoader; DualCLIPLoader gemma_3_4b_it_bf16 jina_clip_v2_bf16 newbie; FLUX1\\\\ae; EmptySD3LatentImage 1024; 20 × res_multistep simple, cfg 5.5',
  ],
  [
    'hidream',
    'UNETLoader; QuadrupleCLIPLoader clip_l_hidream clip_g_hidream t5/t5xxl_fp16 llama_3.1_8b_instruct_fp8_scaled; FLUX1\\\\ae; EmptySD3LatentImage 1024; 50 × uni_pc simple, cfg 5',
  ],
  [
    'anima',
    'UNETLoader; CLIPLoader qwen_3_06b_base stable_diffusion; qwen_image_vae; EmptySD3LatentImage 1024; 30 × euler simple, cfg 4',
  ],
  [
    'cosmos-predict2',
    'UNETLoader; CLIPLoader oldt5_xxl_fp8_e4m3fn_scaled cosmos; wan_2.1_vae; EmptySD3LatentImage 1024; 35 × euler simple, cfg 4',
  ],
  [
    'lens',
    'UNETLoader; CLIPLoader gpt_oss_20b_nvfp4 lens; flux2-vae; EmptyFlux2LatentImage 1024; 20 × euler simple, cfg 5; CFGNorm',
  ],
  [
    'qwen-image-2.1',
    'UNETLoader; CLIPLoader qwen3vl_8b_fp8_scaled qwen_image; qwen_image_2.1_vae_bf16; EmptyLatentImage 1024; 25 × euler simple, cfg 4',
  ],
  [
    'qwen-image',
    'UNETLoader; CLIPLoader qwen_2.5_vl_7b_fp8_scaled qwen_image; qwen_image_vae; EmptySD3LatentImage 1024; 20 × euler simple, cfg 4',
  ],
  [
    'krea2',
    'UNETLoader; CLIPLoader qwen3vl_4b_fp8_scaled krea2; qwen_image_vae; EmptySD3LatentImage 1024; 25 × euler simple, cfg 4',
  ],
  [
    'ernie-image',
    'UNETLoader; CLIPLoader ministral-3-3b flux2; flux2-vae; EmptyFlux2LatentImage 1024; 20 × euler simple, cfg 4',
  ],
];

describe('every family of transformers', () => {
  it('has a row, and no row is of another one', () => {
    expect(COMFY_FAMILIES.map(({ id }) => id)).toEqual(TRANSFORMER_FAMILIES.map(({ id }) => id));
  });

  it.each(EXPECTED)('%s is drawn with as ComfyUI’s own workflow for it does', (architecture, expected) => {
    expect(summary(build(architecture, FULL))).toBe(expected);
  });

  it.each([
    ['sd3', 'EmptySD3LatentImage 1024; 20 × euler sgm_uniform, cfg 4'],
    ['auraflow', 'EmptyLatentImage 1024; 25 × euler simple, cfg 3.5'],
    ['lumina2', 'EmptySD3LatentImage 1024; 30 × res_multistep simple, cfg 4'],
    ['hidream-o1', 'EmptyHiDreamO1LatentImage 2048; 40 × euler normal, cfg 5'],
  ])('%s is one file with everything in it, and is saved as one', (architecture, expected) => {
    const built = build(architecture, { checkpoints: MODELS, networks: [] });
    expect(summary(built)).toBe(`CheckpointLoaderSimple; ${expected}`);
    expect(built.setup.saver).toBe('CheckpointSave');
    expect(built.graph['p0_pos']?.inputs['clip']).toEqual(['a', 1]);
    expect(built.graph['p0s0_decode']?.inputs['vae']).toEqual(['a', 2]);
  });

  it.each([
    ['z-image', '8 × res_multistep simple, cfg 1'],
    ['anima', '8 × euler simple, cfg 1'],
    ['qwen-image', '8 × euler simple, cfg 1'],
  ])('%s is drawn without CFG in few steps where the file says turbo', (architecture, expected) => {
    expect(summary(build(architecture, FULL, { modelA: 'a-turbo.safetensors' }))).toContain(expected);
  });

  it.each(['hunyuan-video', 'wan', 'cosmos1', 'mage-flow', 'ideogram4'])(
    '%s is refused by name, with the way out',
    (architecture) => {
      const { title } = architectureRow(architecture);
      expect(() => build(architecture, FULL)).toThrow(
        new RegExp(`^${title} .+: give your own workflow with --workflow\\.$`),
      );
    },
  );
});

describe('text encoders and VAE', () => {
  it('are refused where names leave it open, with what there is', () => {
    const two = { textEncoders: ['clip_l.safetensors', 't5xxl_fp16.safetensors', 't5xxl_fp8.safetensors'] };
    expect(() => build('flux1', { ...FULL, ...two })).toThrow(
      'Flux.1 needs text encoders: CLIP-L and T5-XXL. They cannot be identified by file name: give --text-encoder once for each. ComfyUI has clip_l.safetensors, t5xxl_fp16.safetensors, t5xxl_fp8.safetensors.',
    );
    expect(() => build('flux1', { ...FULL, vaes: [] })).toThrow(
      /needs the VAE of Flux\.1 \(ae\).* give it with --vae/,
    );
    expect(() => build('flux1', { vaes: ['ae.safetensors'] })).toThrow(/Its folder is empty\.$/);
    expect(() => build('hidream-o1', FULL)).toThrow(/put the models in its checkpoints folder/);
  });

  it('are those that were asked for, in that order', () => {
    const { graph } = build('flux1', FULL, { textEncoders: ['clip_g', 't5xxl_fp16'], vae: 'sdxl_vae' });
    expect(graph['clip']).toEqual({
      class_type: 'DualCLIPLoader',
      inputs: { clip_name1: 'clip_g.safetensors', clip_name2: 't5/t5xxl_fp16.safetensors', type: 'flux' },
    });
    expect(graph['vae']?.inputs['vae_name']).toBe('sdxl_vae.safetensors');
    const whole = { ...FULL, checkpoints: MODELS, networks: [] };
    const one = build('sd3', whole, { textEncoders: ['clip_l'] });
    expect(one.graph['clip']?.inputs).toEqual({ clip_name: 'clip_l.safetensors', type: 'sd3' });
    expect(one.graph['vae']).toBeUndefined();
    expect(() => build('flux1', FULL, { textEncoders: ['clip_l'] })).toThrow(
      'Flux.1 takes CLIP-L and T5-XXL, so give --text-encoder for each of them; one will not do.',
    );
    expect(() => build('flux1', FULL, { vae: 'nosuch' })).toThrow(
      /^"nosuch" is not a VAE in ComfyUI: no file has that name/,
    );
  });

  it('of names that say nothing are taken where there are no others', () => {
    const few = {
      textEncoders: ['clip-l.safetensors', 't5.safetensors'],
      vaes: ['vae.safetensors', 'taef1'],
    };
    const { graph } = build('flux1:-guidance_in', few);
    expect(graph['clip']?.inputs).toMatchObject({
      clip_name1: 'clip-l.safetensors',
      clip_name2: 't5.safetensors',
    });
    expect(graph['vae']?.inputs).toEqual({ vae_name: 'vae.safetensors' });
  });

  it('come with the network that both lists have', () => {
    const both = { ...FULL, checkpoints: MODELS };
    expect(build('flux1', both).graph['a']?.class_type).toBe('UNETLoader');
    expect(build('sd3', both).graph['a']?.class_type).toBe('CheckpointLoaderSimple');
  });
});

describe('a payload for a transformer', () => {
  const settings = (body: object, architecture = 'flux1', negativePrompt = ''): Built =>
    build(
      architecture,
      FULL,
      {},
      { ...makeRequest({ ...NOTHING, ...body }, { seeds: [1] }), negativePrompt },
    );

  it('says what it says, and what it leaves out is told once', () => {
    const built = settings({
      cfg_scale: 2,
      distilled_cfg_scale: 5,
      steps: 9,
      width: 512,
      height: 528,
      sampler_name: 'DPM++ 2M',
    });
    expect(summary(built)).toContain('EmptySD3LatentImage 512; 9 × dpmpp_2m simple, cfg 2; guidance 5');
    expect(built.warnings).toContain(
      'cats: for values it does not set, the usual ones for the model are used: the scheduler simple.',
    );
    expect(settings({ sampler_name: 'DPM++ 2M Karras' }).graph['p0s0_sample']?.inputs['scheduler']).toBe(
      'karras',
    );
    expect(settings({ scheduler: 'Automatic' }).graph['p0s0_sample']?.inputs['scheduler']).toBe('simple');
    expect(settings({}).warnings).toContain(
      'cats: for values it does not set, the usual ones for the model are used: 20 steps, "cfg_scale" 1, "distilled_cfg_scale" 3.5, the sampler euler, the scheduler simple, 1024 × 1024 pixels.',
    );
  });

  it('has a negative prompt and a distilled guidance for nothing where the model takes none, which is said', () => {
    expect(settings({}, 'flux1', 'blurry').warnings).toContain(
      'cats: the negative prompt has no effect at a "cfg_scale" of 1.',
    );
    expect(settings({}, 'anima', 'blurry').warnings.join()).not.toContain('no effect');
    expect(settings({ distilled_cfg_scale: 3 }, 'anima').warnings).toContain(
      'cats: "distilled_cfg_scale" has no effect, because the model does not use distilled guidance.',
    );
  });

  it('has sides of the model’s own multiple', () => {
    expect(() => settings({ width: 520, height: 512 })).toThrow(
      'ComfyUI takes multiples of 16 with this model, the nearest is 528.',
    );
    const hires = { enable_hr: true, hr_resize_x: 700, hr_resize_y: 700, denoising_strength: 0.5 };
    expect(settings(hires).graph['p0s0_upscale']?.inputs).toMatchObject({ width: 704, height: 704 });
    expect(
      settings({ ...hires, hr_scheduler: 'Automatic', hr_sampler_name: 'Euler a' }).graph['p0s0_sample2']
        ?.inputs,
    ).toMatchObject({
      sampler_name: 'euler_ancestral',
      scheduler: 'simple',
    });
  });

  it('skips no layers of text encoders', () => {
    expect(() => settings({ override_settings: { CLIP_stop_at_last_layers: 2 } })).toThrow(
      /"CLIP_stop_at_last_layers" to 2; the text encoders of this model cannot skip layers, so remove it\./,
    );
    expect(() => settings({ clip_skip: 1 })).not.toThrow();
  });

  it('loads LoRAs behind the merge', () => {
    const request = { ...makeRequest(NOTHING, { seeds: [1] }), prompt: 'a cat <lora:style:0.5>' };
    const { graph } = build('flux1', FULL, {}, request);
    expect(graph['p0_lora0']).toMatchObject({
      class_type: 'LoraLoader',
      inputs: { clip: ['clip', 0], model: ['merge', 0] },
    });
    expect(graph['p0s0_sample']?.inputs['model']).toEqual(['p0_lora0', 0]);
  });
});

describe('a workflow of one’s own', () => {
  const nodes = {
    text: { class_type: 'CLIPTextEncode', inputs: { text: '%prompt%', clip: ['load', 0] } },
    load: { class_type: 'CLIPLoader', inputs: { clip_name: 'clip_l.safetensors', type: 'sd3' } },
    guide: {
      class_type: 'FluxGuidance',
      inputs: { conditioning: ['text', 0], guidance: '%distilled_cfg_scale%' },
    },
    latent: {
      class_type: 'EmptySD3LatentImage',
      inputs: { width: '%width%', height: '%height%', batch_size: 1 },
    },
    sample: {
      class_type: 'KSampler',
      inputs: {
        model: '%model%',
        seed: '%seed%',
        steps: '%steps%',
        cfg: 1,
        sampler_name: '%sampler_name%',
        scheduler: '%scheduler%',
        positive: ['guide', 0],
        negative: ['guide', 0],
        latent_image: ['latent', 0],
        denoise: 1,
      },
    },
    vae: { class_type: 'VAELoader', inputs: { vae_name: 'sd3_vae.safetensors' } },
    decode: { class_type: 'VAEDecode', inputs: { samples: ['sample', 0], vae: ['vae', 0] } },
    out: { class_type: 'PreviewImage', inputs: { images: ['decode', 0] } },
  };
  const workflow = parseWorkflow(nodes, 'mine.json');

  it('needs no text encoder and no VAE, and gets the family’s numbers for its marks', () => {
    const { graph, warnings } = build('flux1', { ...FULL, vaes: ['sd3_vae.safetensors'] }, { workflow });
    expect(Object.keys(graph)).not.toContain('clip');
    expect(graph['p0s0_guide']?.inputs['guidance']).toBe(3.5);
    expect(graph['p0s0_sample']?.inputs).toMatchObject({
      model: ['merge', 0],
      steps: 20,
      scheduler: 'simple',
    });
    expect(warnings.join()).not.toContain('"cfg_scale" 1');
  });

  it('draws with models that this program cannot draw with', () => {
    const { graph } = build('wan', FULL, { workflow });
    expect(graph['p0s0_sample']?.inputs).toMatchObject({ model: ['merge', 0] });
    const marked = parseWorkflow(
      { ...nodes, text: { ...nodes.text, inputs: { text: '%prompt%', clip: '%clip%' } } },
      'mine.json',
    );
    expect(() => build('wan', FULL, { workflow: marked })).toThrow(
      /load them in the workflow file "mine\.json" itself, instead of %clip%/,
    );
    expect(build('flux1', FULL, { workflow: marked }).graph['p0s0_text']?.inputs['clip']).toEqual([
      'clip',
      0,
    ]);
  });

  it('takes LoRAs for the network alone where it loads its text encoder itself', () => {
    const request = { ...makeRequest(NOTHING, { seeds: [1] }), prompt: 'a cat <lora:style:0.5>' };
    const { graph } = build('flux1', FULL, { workflow }, request);
    expect(graph['p0_lora0']).toEqual({
      class_type: 'LoraLoaderModelOnly',
      inputs: { model: ['merge', 0], lora_name: 'style.safetensors', strength_model: 0.5 },
    });
  });
});
