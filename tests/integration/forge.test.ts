/** Searches on a simulated Forge, which loads what is selected with the next image and keeps whatever alias was posted. */
import fs from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { createRenderer, examineServer } from '../../src/renderers/index.ts';
import type { Renderer, RendererOptions } from '../../src/renderers/index.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/index.ts';
import { blocksOf, uniformWeights } from '../../src/space/blocks.ts';
import { temporaryFolder } from '../helpers/run-search.ts';
import {
  ITERATIONS,
  ofKind,
  resumeOn,
  searchOn,
  startFaulty,
  type SimulatedSetting,
} from '../helpers/simulated-search.ts';
import { look } from '../helpers/small-image.ts';
import { get, post } from '../unit/simulator/client.ts';

const { signal } = new AbortController();
const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

interface Forge {
  readonly simulator: Simulator;
  readonly modelsDir: string;
  readonly setting: SimulatedSetting;
}

async function startForge(
  over: SimulatorOptions = {},
  renderer: Partial<RendererOptions> = {},
): Promise<Forge> {
  const modelsDir = temporaryFolder();
  const modules = ['ae.safetensors', 'clip_l.safetensors'];
  const simulator = await startFaulty({ simulator: { family: 'forge', modelsDir, modules, ...over } });
  open.push(simulator);
  const setting = { renderer: { modelsDir, ...renderer }, config: { modelsDir, saveBest: 'checkpoint' } };
  return { simulator, modelsDir, setting };
}

function rendererOn({ simulator, modelsDir }: Forge, over: Partial<RendererOptions> = {}): Renderer {
  const { url } = simulator;
  const models = { modelA: 'modelA', modelB: 'modelB', architecture: 'sd1' } as const;
  const renderer = createRenderer({ url, ...models, modelsDir, retryDelays: [], pollSeconds: 0.02, ...over });
  open.unshift(renderer);
  return renderer;
}

async function set({ simulator: { url } }: Forge, settings: object): Promise<void> {
  expect(await post(url, '/sdapi/v1/options', settings)).toMatchObject({ status: 200 });
}

async function settingsOf({ simulator: { url } }: Forge): Promise<Record<string, unknown>> {
  return (await get(url, '/sdapi/v1/options')).body as Record<string, unknown>;
}

const half = uniformWeights(0.5, 'sd1');
const AE = '/webui/models/VAE/ae.safetensors';

describe('a search on Forge', () => {
  it.each(['other', 'modelA', 'modelB.safetensors'])(
    'runs over merged files to its end, with "%s" selected before, and leaves nothing behind',
    async (selected) => {
      const forge = await startForge();
      await set(forge, { sd_model_checkpoint: selected });
      const { summary, records, notices } = await searchOn([forge.simulator], forge.setting);
      expect(notices).toEqual([]);
      expect(summary).toMatchObject({ failed: 0, savedBy: 'checkpoint' });
      expect(ofKind(records, 'scored')).toHaveLength(ITERATIONS);
      const [plan] = ofKind(records, 'plan');
      // The hash of a file is known only once it was loaded: by then the proof has been drawn.
      expect(plan?.plan.server).toMatchObject({
        family: 'forge',
        mergeWay: 'checkpoint',
        settings: {},
        modelA: { file: 'modelA.safetensors', hash: expect.stringMatching(/^[0-9a-f]{10}$/) },
      });
      expect(fs.readdirSync(forge.modelsDir).toSorted()).toEqual([
        'O.safetensors',
        'modelA.safetensors',
        'modelB.safetensors',
        'other.safetensors',
      ]);
      expect((await settingsOf(forge))['sd_model_checkpoint']).toMatch(
        new RegExp(`^${selected.replace('.safetensors', '')}\\b`),
      );
    },
  );

  it('draws every merge with its own weights, also where an alias of model A stays selected', async () => {
    const forge = await startForge({ models: ['modelA', 'modelB', 'other'] });
    await set(forge, { sd_model_checkpoint: 'modelB' });
    await set(forge, { sd_model_checkpoint: 'modelA' });
    const renderer = rendererOn(forge);
    await renderer.open(signal);
    const blocks = blocksOf('sd1');
    for (const shift of [0, 0.25]) {
      const weights = Object.fromEntries(blocks.map((block, i) => [block, shift + (i + 1) / 40]));
      await look(renderer, weights);
      const drawn = forge.simulator.position();
      for (const block of blocks) expect(drawn[block]).toBeCloseTo(weights[block] ?? -1, 3);
    }
  });

  it('is not misled by a job of somebody else with a checkpoint of its own', async () => {
    const forge = await startForge({ models: ['modelA', 'modelB', 'other'] });
    const renderer = rendererOn(forge);
    await renderer.open(signal);
    const before = await look(renderer, half);
    const position = forge.simulator.position();
    const foreign = { prompt: 'x', steps: 1, override_settings: { sd_model_checkpoint: 'other' } };
    await post(forge.simulator.url, '/sdapi/v1/txt2img', foreign);
    // The setting is back, the model in memory is not: until our next image.
    expect(forge.simulator.position()).not.toEqual(position);
    expect(await look(renderer, half)).toBe(before);
    expect(forge.simulator.position()).toEqual(position);
  });

  it('says of a merged file that the server cannot find whose folder it is', async () => {
    const forge = await startForge();
    const copy = temporaryFolder();
    fs.cpSync(forge.modelsDir, copy, { recursive: true });
    const renderer = rendererOn(forge, { modelsDir: copy });
    await renderer.open(signal);
    await expect(look(renderer, half)).rejects.toMatchObject({
      code: 'webui-model-not-loaded',
      message: expect.stringContaining('give its own checkpoint folder with --models-dir, not a copy'),
    });
  });

  it('survives a restart in mid-run', async () => {
    const forge = await startForge();
    let trials = 0;
    const restarting = {
      name: 'restarting',
      onTrial: () => {
        if (++trials === 3) forge.simulator.restart();
      },
    };
    const { summary } = await searchOn([forge.simulator], { ...forge.setting, observers: [restarting] });
    expect(summary).toMatchObject({ failed: 0, reason: { code: 'iterations' } });
  });
});

describe('modules that were chosen in the pages of Forge', () => {
  it('are said before the run and stand in its plan', async () => {
    const forge = await startForge();
    await set(forge, { forge_additional_modules: ['ae.safetensors'], CLIP_stop_at_last_layers: 2 });
    const renderer = rendererOn(forge);
    await renderer.open(signal);
    const warnings = (renderer.warnings?.([]) ?? []).join('\n');
    expect(warnings).toMatch(
      /"ae.safetensors" \(forge_additional_modules\) selected, which replaces.*--clear-modules/,
    );
    expect(warnings).toMatch(/Clip skip 2 \(CLIP_stop_at_last_layers\)/);
    const { records } = await searchOn([forge.simulator], forge.setting);
    expect(ofKind(records, 'plan')[0]?.plan.server?.settings).toEqual({
      forge_additional_modules: [AE],
      CLIP_stop_at_last_layers: 2,
    });
    expect((await settingsOf(forge))['forge_additional_modules']).toEqual([AE]);
  });

  it('are taken out by --clear-modules, and put back at the end', async () => {
    const forge = await startForge();
    const plain = rendererOn(forge);
    await plain.open(signal);
    const wanted = await look(plain, half);
    await plain.close();
    await set(forge, { forge_additional_modules: ['ae.safetensors'] });
    const renderer = rendererOn(forge, { clearModules: true });
    const report = await renderer.open(signal);
    expect(report.settings).toEqual({});
    expect(renderer.warnings?.([])).toEqual([]);
    expect(await look(renderer, half)).toBe(wanted);
    expect(await renderer.close()).toEqual([]);
    expect((await settingsOf(forge))['forge_additional_modules']).toEqual([AE]);
  });

  it('are put back as well where a search is refused', async () => {
    const forge = await startForge();
    await set(forge, { forge_additional_modules: ['ae.safetensors'] });
    const refused = rendererOn(forge, { clearModules: true, modelB: 'nobody' });
    await expect(refused.open(signal)).rejects.toMatchObject({ code: 'webui-model-unknown' });
    expect((await settingsOf(forge))['forge_additional_modules']).toEqual([AE]);
  });

  it('that somebody chooses in mid-run are noticed by the next image, put back, and spoil no score', async () => {
    const untouched = await startForge();
    const expected = await searchOn([untouched.simulator], untouched.setting);
    const forge = await startForge();
    const meddling = {
      name: 'meddling',
      onTrial: async ({ id }: { readonly id: number }) => {
        if (id === 3) await set(forge, { forge_additional_modules: ['clip_l.safetensors'] });
      },
    };
    const { csv, notices, summary } = await searchOn([forge.simulator], {
      ...forge.setting,
      observers: [meddling],
    });
    expect(summary.failed).toBe(0);
    expect(csv).toBe(expected.csv);
    expect(notices.join('\n')).toMatch(/VAE \/ Text Encoder was none and is now "clip_l".*Trying again/);
    expect((await settingsOf(forge))['forge_additional_modules']).toEqual([]);
  });

  it('that are others than those of the plan keep a run from being resumed', async () => {
    const forge = await startForge();
    const { summary } = await searchOn([forge.simulator], forge.setting);
    const journal = summary.files['journal'] ?? '';
    const more = { ...forge.setting, config: { iterations: ITERATIONS + 1 } };
    await set(forge, { forge_additional_modules: ['ae.safetensors'] });
    const drawn = forge.simulator.stats().images;
    await expect(resumeOn([forge.simulator], journal, more)).rejects.toMatchObject({
      code: 'settings-changed',
      kind: 'usage',
    });
    expect(forge.simulator.stats().images).toBe(drawn);
    await set(forge, { forge_additional_modules: [] });
    const resumed = await resumeOn([forge.simulator], journal, more);
    expect(ofKind(resumed.records, 'scored')).toHaveLength(ITERATIONS + 1);
  });
});

describe('modules that the run asks for', () => {
  const CLIP = '/webui/models/VAE/clip_l.safetensors';
  const asked = { textEncoders: ['clip_l.safetensors'], vae: 'ae' };

  it('are in force until it ends, stand in its report, and those before come back', async () => {
    const forge = await startForge();
    await set(forge, { forge_additional_modules: ['ae.safetensors'] });
    const renderer = rendererOn(forge, asked);
    const report = await renderer.open(signal);
    expect(report.settings).toEqual({ forge_additional_modules: [CLIP, AE] });
    expect((await settingsOf(forge))['forge_additional_modules']).toEqual([CLIP, AE]);
    expect(renderer.warnings?.([])).toEqual([
      expect.stringMatching(
        /made with VAE \/ Text Encoder "clip_l.safetensors", "ae.safetensors".*the previous selection in the WebUI is restored/,
      ),
    ]);
    await look(renderer, half);
    forge.simulator.restart();
    await expect(look(renderer, half)).rejects.toThrow(/restarted/);
    await look(renderer, half);
    expect(await renderer.close()).toEqual([]);
    expect((await settingsOf(forge))['forge_additional_modules']).toEqual([AE]);
  });

  it('are refused with what there is, before anything is changed', async () => {
    const forge = await startForge();
    const before = await settingsOf(forge);
    const refused = rendererOn(forge, { vae: 'sdxl_vae' });
    await expect(refused.open(signal)).rejects.toMatchObject({
      code: 'model-parts',
      kind: 'usage',
      message: expect.stringMatching(/--vae "sdxl_vae": .*It has .*ae\.safetensors/),
    });
    expect(await settingsOf(forge)).toEqual(before);
  });

  it('are for Forge, not for AUTOMATIC1111', async () => {
    const forge = await startForge({ family: 'a1111' });
    const refused = rendererOn(forge, { ...asked, backend: 'checkpoint' });
    await expect(refused.open(signal)).rejects.toMatchObject({
      code: 'model-parts',
      message: expect.stringMatching(/does not take text encoders or a VAE with the model/),
    });
  });
});

describe('merge extensions on Forge', () => {
  it('are not offered, whatever is installed, and the reason is said', async () => {
    const { simulator, modelsDir } = await startForge({
      extensions: ['runtime-block-merge', 'model-mixer', 'bayesian-merger', 'lora-block-weight'],
    });
    const { family, mergeWays } = await examineServer({ url: simulator.url, modelsDir }, signal);
    expect(family).toBe('forge');
    const missing = Object.fromEntries(mergeWays.map(({ name, missing: reason }) => [name, reason]));
    for (const name of ['runtime-block-merge', 'model-mixer', 'bayesian-merger'])
      expect(missing[name]).toMatch(/cannot work on Forge/);
    expect(missing['checkpoint']).toBeUndefined();
    expect(missing['lora-block-weight']).toMatch(/has no LoRA files/);
  });

  it('are refused by name before anything is changed', async () => {
    const forge = await startForge({ extensions: ['runtime-block-merge'] });
    const before = await settingsOf(forge);
    const renderer = rendererOn(forge, { backend: 'runtime-block-merge' });
    await expect(renderer.open(signal)).rejects.toMatchObject({
      code: 'webui-merge-way-missing',
      kind: 'usage',
    });
    expect(await settingsOf(forge)).toEqual(before);
  });
});
