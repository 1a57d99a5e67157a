/** Another file under the name of a model or LoRA: noticed between two sessions and in the middle of one, whatever the server says of it. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyRun } from '../../src/run/verify/verify-run.ts';
import { createRenderer } from '../../src/renderers/index.ts';
import { sha256OfFileNow } from '../../src/shared/hashes/sha256.ts';
import { look } from '../helpers/small-image.ts';
import { temporaryFolder } from '../helpers/run-search.ts';
import { ofKind, resumeOn, searchOn, startFaulty, useSearches } from '../helpers/simulated-search.ts';
import type { SimulatedSetting } from '../helpers/simulated-search.ts';
import type { SimulatorOptions } from '../../src/simulator/index.ts';

const { open } = useSearches();

interface Way {
  readonly name: string;
  readonly simulator: Omit<SimulatorOptions, 'faults'>;
  readonly backend: string;
  /** Whether autombw is told where the files are; otherwise the server says so. */
  readonly isFolderGiven: boolean;
}

const WAYS: readonly Way[] = [
  { name: 'merged files', simulator: { extensions: [] }, backend: 'checkpoint', isFolderGiven: true },
  { name: 'an extension', simulator: {}, backend: 'auto', isFolderGiven: false },
  {
    name: 'model-mixer',
    simulator: { extensions: ['model-mixer'] },
    backend: 'model-mixer',
    isFolderGiven: false,
  },
  {
    name: 'merged files of ComfyUI',
    simulator: { family: 'comfyui' },
    backend: 'checkpoint',
    isFolderGiven: true,
  },
  { name: 'nodes of ComfyUI', simulator: { family: 'comfyui' }, backend: 'comfyui', isFolderGiven: true },
];

async function start({ simulator: options, backend, isFolderGiven }: Way): Promise<{
  folder: string;
  simulator: Awaited<ReturnType<typeof startFaulty>>;
  setting: SimulatedSetting;
}> {
  const folder = temporaryFolder();
  const simulator = await startFaulty({ simulator: { ...options, modelsDir: folder } });
  open.push(simulator);
  const known = isFolderGiven ? { modelsDir: folder } : {};
  return {
    folder,
    simulator,
    setting: { renderer: { backend, ...known }, config: { ...known, iterations: 2 } },
  };
}

/** Like another model of the server. */
function replace(folder: string, name: string): void {
  fs.copyFileSync(path.join(folder, 'other.safetensors'), path.join(folder, `${name}.safetensors`));
}

describe.each(WAYS)('over $name', (way) => {
  it.each(['modelA', 'modelB'])('a run does not go on with another %s', async (name) => {
    const { folder, simulator, setting } = await start(way);
    const file = path.join(folder, `${name}.safetensors`);
    const hash = sha256OfFileNow(file).slice(0, 10);
    const { records, summary } = await searchOn([simulator], setting);
    expect(ofKind(records, 'plan')[0]?.plan.server?.[name as 'modelA' | 'modelB'].hash).toBe(hash);
    const journal = summary.files['journal'] ?? '';
    const more = { ...setting, config: { iterations: 3 } };
    expect((await resumeOn([simulator], journal, more)).summary.iterations).toBe(3);
    replace(folder, name);
    simulator.restart();
    const { images } = simulator.stats();
    await expect(resumeOn([simulator], journal, { ...setting, config: { iterations: 4 } })).rejects.toThrow(
      new RegExp(`${name}.safetensors`),
    );
    expect(simulator.stats().images).toBe(images);
    const { signal } = new AbortController();
    const { checks } = await verifyRun({ journal, modelsDir: folder, signal });
    expect(checks).toContainEqual(expect.objectContaining({ name: 'models', state: 'differs' }));
  });
});

it('a model that is replaced in mid-run ends it, also where the server merges; the same file written anew does not', async () => {
  const folder = temporaryFolder();
  const simulator = await startFaulty({ simulator: { modelsDir: folder } });
  open.push(simulator);
  const renderer = createRenderer({
    url: simulator.url,
    modelA: 'modelA',
    modelB: 'modelB',
    architecture: 'sd1',
    retryDelays: [0.01],
    pollSeconds: 0.02,
  });
  const { signal } = new AbortController();
  await renderer.open(signal);
  try {
    const weights = { ...renderer.capabilities.fixed, IN05: 0.5 };
    const before = await look(renderer, weights);
    const file = path.join(folder, 'modelB.safetensors');
    const bytes = fs.readFileSync(file);
    fs.writeFileSync(file, bytes);
    fs.utimesSync(file, 1, 1);
    expect(await look(renderer, weights)).toBe(before);
    replace(folder, 'modelB');
    const { images } = simulator.stats();
    await expect(look(renderer, weights)).rejects.toMatchObject({
      code: 'models-changed',
      endsRun: true,
      message: expect.stringContaining(`${file} was replaced`),
    });
    expect(simulator.stats().images).toBe(images);
    // Of a drive that is away nothing is known.
    fs.rmSync(file);
    await expect(look(renderer, weights)).resolves.toBe(before);
  } finally {
    await renderer.close();
  }
});

it('merged files are not made of other models than the server has', async () => {
  const folder = temporaryFolder();
  const simulator = await startFaulty({ simulator: { modelsDir: folder, extensions: [] } });
  open.push(simulator);
  const setting = {
    renderer: { backend: 'checkpoint', modelsDir: folder },
    config: { modelsDir: folder, iterations: 1 },
  };
  await searchOn([simulator], setting);
  // It has read model A, and looks at its folder again only when it is asked to.
  replace(folder, 'modelA');
  await expect(searchOn([simulator], setting)).rejects.toMatchObject({ code: 'model-files' });
});

it('a run does not go on with another LoRA of the same name', async () => {
  const [loras, models] = [temporaryFolder(), temporaryFolder()];
  const simulator = await startFaulty({
    simulator: { loras: [{ name: 'detail' }], extensions: [], modelsDir: models },
  });
  open.push(simulator);
  const file = path.join(loras, 'detail.safetensors');
  fs.copyFileSync(path.join(models, 'modelA.safetensors'), file);
  const setting = {
    renderer: { backend: 'loras', loras: ['detail'], modelB: 'modelA', loraDir: loras },
    config: {
      search: { 'lora:detail': { low: 0, high: 1 } },
      modelB: undefined,
      loraDir: loras,
      iterations: 2,
    },
  };
  const { records, summary } = await searchOn([simulator], setting);
  const hash = sha256OfFileNow(file).slice(0, 10);
  expect(ofKind(records, 'plan')[0]?.plan.server?.others).toMatchObject([
    { file: 'detail.safetensors', hash, path: file },
  ]);
  fs.copyFileSync(path.join(models, 'modelB.safetensors'), file);
  const more = { ...setting, config: { iterations: 4 } };
  await expect(resumeOn([simulator], summary.files['journal'] ?? '', more)).rejects.toThrow(
    `The run was made with detail.safetensors [${hash}], but this machine now has`,
  );
});
