/** The command that a run proposes at its end merges what it found, without more paths than the search was given. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../../../src/simulator/index.ts';
import { runInProcess } from '../../helpers/fake-process.ts';
import { BASICS, makeWorkFolder } from '../../helpers/work-folder.ts';

let simulator: Simulator | undefined;
const before = process.cwd();
afterEach(async () => {
  process.chdir(before);
  await simulator?.close();
});

it('finds the models in the folder that the search was told', async () => {
  const folder = makeWorkFolder().path;
  const modelsDir = path.join(folder, 'models');
  simulator = await startSimulator({ family: 'comfyui', architecture: 'z-image', modelsDir });
  process.chdir(folder);
  const where = ['--webui', simulator.url, '--models-dir', 'models'];
  const rules = ['--curve', '1', '--iterations', '1', '--no-baselines', '--no-prove'];
  const search = await runInProcess(['search', ...BASICS, ...where, ...rules]);
  expect(search).toMatchObject({ code: 0 });
  const name = BASICS[BASICS.indexOf('--output') + 1] ?? '';
  const merge = await runInProcess(['merge', '--run', name, '--output', 'again.safetensors']);
  expect(merge).toMatchObject({ code: 0 });
  expect(merge.stdout).toMatch(/^A +models\/diffusion_models\/modelA\.safetensors$/m);
  fs.renameSync('models', 'moved');
  const lost = await runInProcess(['merge', '--run', name, '--output', 'more.safetensors']);
  expect(lost).toMatchObject({ code: 2, stderr: expect.stringMatching(/give its path with --model-a/) });
});

it('merges by the method that was found, with the further models that it takes', async () => {
  const folder = makeWorkFolder().path;
  const models = ['modelA', 'modelB', 'modelC', 'modelD'];
  simulator = await startSimulator({ family: 'comfyui', models, modelsDir: path.join(folder, 'models') });
  process.chdir(folder);
  const where = ['--webui', simulator.url, '--models-dir', 'models'];
  const few = ['--test-grouping', '12', '--iterations', '1', '--no-baselines', '--no-prove'];
  const more = ['--model-c', 'modelC', '--model', 'modelD', '--save-best', 'checkpoint'];
  const sum = ['--method', 'multi-sum', '--shares'];
  const search = await runInProcess(['search', ...BASICS, ...where, ...few, ...more, ...sum]);
  expect(search).toMatchObject({ code: 0 });
  const name = BASICS[BASICS.indexOf('--output') + 1] ?? '';
  const merge = await runInProcess(['merge', '--run', name, '--output', 'again.safetensors']);
  expect(merge).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^D +models\/modelD\.safetensors$/m),
  });
  const [again, kept] = ['again', `models/${name}`].map((file) => fs.readFileSync(`${file}.safetensors`));
  expect(again?.equals(kept ?? new Uint8Array())).toBe(true);
});
