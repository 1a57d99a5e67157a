/** Replays what a real server did when somebody else used it, or when it was started with a model of another family. */
import { afterEach, describe, expect, it } from 'vitest';
import { startSimulator } from '../../../src/simulator/index.ts';
import type { ModelDefinition, Simulator, SimulatorOptions } from '../../../src/simulator/index.ts';
import { parseFault } from '../../../src/simulator/faults.ts';
import { companyExchange } from '../../helpers/company-recordings.ts';
import { mergeEvents } from './merge-events.ts';
import { hashImage, unlikeImages } from './recording.ts';
import type { ImageHash } from './recording.ts';

const TINY_A: ModelDefinition = {
  name: 'tinyA',
  textEncoder: 'A',
  sha256: '49f0f6414edac5019cc5bfdf5890943ce0a53b3fe2c3e7dcdd89249ede010875',
};
const TINY_B: ModelDefinition = { name: 'tinyB', textEncoder: 'B' };
const TINY_C: ModelDefinition = {
  name: 'tinyC',
  textEncoder: 'A',
  sha256: '8be6a76e304ced19fadb7aa919e11e20747212346f10f790da56acea1f708425',
};
const XL_SHA = 'c3e9790f572b9d00c866644fbf0ae2f6755aa0ebf68cf7a5bd94855925ff5655';
const XL_A: ModelDefinition = { name: 'xlA', sha256: XL_SHA, architecture: 'sdxl' };
const XL_B: ModelDefinition = { name: 'xlB', architecture: 'sdxl' };

let simulator: Simulator | undefined;

afterEach(async () => {
  await simulator?.close();
});

async function start(options: SimulatorOptions): Promise<Simulator> {
  simulator = await startSimulator(options);
  // All had been loaded once; what the recordings began with is selected.
  for (const name of simulator.models().toSorted().toReversed()) {
    await send(simulator.url, 'POST', '/sdapi/v1/options', { sd_model_checkpoint: name });
  }
  simulator.restart();
  return simulator;
}

async function send(
  url: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const reply = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
  });
  return { status: reply.status, body: await reply.json() };
}

/** Replays by the beginning of the name. @returns what is not as recorded; images are collected */
async function replay(
  { url }: Simulator,
  names: readonly string[],
  images: ImageHash[] = [],
): Promise<string[]> {
  const events = await mergeEvents(url);
  const numbers = new Map([
    [463, events.load],
    [464, events.unload],
  ]);
  const faults: string[] = [];
  for (const name of names) {
    const { request, status, body, derived } = companyExchange(name);
    const asked = request.body as Record<string, unknown> | undefined;
    const number = numbers.get(Number(asked?.['fn_index']));
    const reply = await send(
      url,
      request.method,
      request.path,
      number === undefined ? asked : { ...asked, fn_index: number },
    );
    const [got, wanted] =
      derived === undefined
        ? [said(request, reply.body), said(request, body)]
        : [
            said(request, reply.body),
            JSON.stringify([derived.info.sd_model_name, derived.info.sd_model_hash]),
          ];
    if (reply.status !== status) faults.push(`${name}: status ${reply.status}, recorded ${status}`);
    if (got !== wanted) faults.push(`${name}: ${got}, recorded ${wanted}`);
    if (derived === undefined) continue;
    const [image = ''] = (reply.body as { images: string[] }).images;
    images.push({
      recorded: derived.images[0]?.pixel_sha256 ?? '',
      simulated: (await hashImage(image)).sha256,
    });
  }
  return faults;
}

/** The part of a reply that counts: the model of an image, whether an event loaded, what is selected and in memory. */
function said({ method, path }: { method: string; path: string }, body: unknown): string {
  const of = (body ?? {}) as Record<string, unknown>;
  if (path === '/run/predict') return JSON.stringify([of['data']].flat().slice(0, 2));
  if (path === '/sdapi/v1/options' && method === 'GET') {
    return JSON.stringify([of['sd_model_checkpoint'], of['sd_checkpoint_hash']]);
  }
  if (typeof of['info'] !== 'string') return '';
  const info = JSON.parse(of['info']) as Record<string, unknown>;
  return JSON.stringify([info['sd_model_name'], info['sd_model_hash']]);
}

const numbered = (prefix: string, ...numbers: readonly number[]): string[] =>
  numbers.map((number) => `${prefix}_${String(number).padStart(2, '0')}`);

it('a job with another checkpoint in the middle of a run of runtime-block-merge', async () => {
  const server = await start({ models: [TINY_A, TINY_B, TINY_C] });
  const hashes: ImageHash[] = [];
  const all = numbered('foreign_override_midrun', 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21);
  expect(await replay(server, all, hashes)).toEqual([]);
  // The image after it is another one than that merge's, and the reference image has healed it.
  expect(unlikeImages(hashes)).toEqual([]);
  const right = { ...(companyExchange('foreign_override_midrun_20').request.body as object) };
  const reply = await send(server.url, 'POST', '/sdapi/v1/txt2img', right);
  const { images } = reply.body as { images: string[] };
  const wrong = hashes.at(-2)?.simulated;
  expect((await hashImage(images[0] ?? '')).sha256).not.toBe(wrong);
});

it('a model of another family, selected over a merge: the extension takes no model any more', async () => {
  const server = await start({ models: [TINY_A, TINY_B, XL_A] });
  expect(
    await replay(server, numbered('foreign_sdxl_midrun', 8, 9, 10, 11, 12, 18, 19, 24, 25, 27, 28)),
  ).toEqual([]);
  server.restart();
  expect(await replay(server, numbered('foreign_sdxl_midrun', 8, 9, 10, 11, 12))).toEqual([]);
});

it('models of another family than that of the start', async () => {
  const server = await start({ models: [TINY_A, XL_A, XL_B] });
  expect(await replay(server, numbered('sdxl_rbm_after_sd1_start', 5, 7, 8, 9, 10))).toEqual([]);
});

it('bayesian-merger with 16 bits and a model in float32: weight 0 is not model A', async () => {
  const server = await start({
    models: [
      { ...TINY_A, isFloat32: true },
      { ...TINY_B, isFloat32: true },
    ],
    extensions: ['bayesian-merger'],
  });
  const images: ImageHash[] = [];
  const all = numbered('bbwm_fp32_model_nohalf', 14, 15, 16, 17, 18, 19, 20, 21, 22);
  expect(await replay(server, all, images)).toEqual([]);
  expect(unlikeImages(images)).toEqual([]);
  // With 32 it is.
  const { request } = companyExchange('bbwm_fp32_model_nohalf_15');
  await send(server.url, 'POST', request.path, { ...(request.body as object), precision: 32 });
  const plain: ImageHash[] = [];
  await replay(server, ['bbwm_fp32_model_nohalf_14'], plain);
  expect(plain[0]?.simulated).toBe(images[0]?.simulated);
});

describe('an exception in a group', () => {
  it('says nothing of a tagger whose model is missing', async () => {
    simulator = await startSimulator({ faults: ['no-tagger', 'exception-groups'].map(parseFault) });
    const { body, status } = companyExchange('interrogate_deepdanbooru_no_model');
    const image = { image: 'iVBORw0KGgo=', model: 'deepdanbooru' };
    expect(await send(simulator.url, 'POST', '/sdapi/v1/interrogate', image)).toEqual({ status, body });
  });

  it('says nothing of a checkpoint that the list has lost', async () => {
    simulator = await startSimulator({ faults: [parseFault('exception-groups')] });
    const { body, status } = companyExchange('extension_gone_midrun_58');
    const gone = { sd_model_checkpoint: 'gone.safetensors [49f0f6414e]' };
    expect(await send(simulator.url, 'POST', '/sdapi/v1/options', gone)).toEqual({ status, body });
  });
});
