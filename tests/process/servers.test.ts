/** `doctor`, `backends` and `search --dry-run` about the same servers: what one promises, the other keeps. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/index.ts';
import { runInProcess } from '../helpers/fake-process.ts';
import { closedUrl, startReplayServer } from '../helpers/replay-server.ts';
import { BASICS, makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';
import { post } from '../unit/simulator/client.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(options: SimulatorOptions): Promise<Simulator> {
  const simulator = await startSimulator(options);
  open.push(simulator);
  return simulator;
}

async function inFolder(
  folder: WorkFolder,
  args: readonly string[],
): Promise<{ code: number | null; text: string }> {
  const here = process.cwd();
  process.chdir(folder.path);
  try {
    const { code, stdout, stderr } = await runInProcess(args);
    return { code, text: stdout + stderr };
  } finally {
    process.chdir(here);
  }
}

describe('a server whose pages want a login that is not given', () => {
  it('is described all the same: what works without it, and the option that gives it', async () => {
    const folder = makeWorkFolder();
    const modelsDir = path.join(folder.path, 'models');
    fs.mkdirSync(modelsDir);
    const { url } = await start({ auth: 'me:secret', gradioAuth: 'you:hidden', modelsDir });
    const server = ['--webui', url, '--webui-auth', 'me:secret', '--models-dir', modelsDir];
    const { code, text } = await inFolder(folder, ['backends', ...server]);
    expect(code).toBe(0);
    expect(text).toMatch(/✗ runtime-block-merge.*\n.*as --gradio-auth user:password/);
    expect(text).toMatch(/✓ checkpoint/);
    expect(text).toMatch(/--backend auto would use runtime-block-merge.*--backend checkpoint/);
    expect((await inFolder(folder, ['doctor', ...server])).text).toMatch(
      /✓ merging.*checkpoint.*--gradio-auth/,
    );
    const search = ['search', ...BASICS, ...server, '--iterations', '1'];
    const auto = await inFolder(folder, search);
    expect(auto).toMatchObject({ code: 2, text: expect.stringMatching(/--gradio-auth/) });
    expect((await inFolder(folder, [...search, '--backend', 'checkpoint'])).code).toBe(0);
  });
});

describe('doctor tries what a search does first', () => {
  it('and says when the server does not know its own selection', async () => {
    const { url } = await start({ models: ['modelA', 'modelB', 'gone'] });
    const [simulator] = open as [Simulator];
    await post(url, '/sdapi/v1/options', { sd_model_checkpoint: 'gone' });
    expect((await runInProcess(['doctor', '--webui', url])).stdout).not.toMatch(/✗ a search/);
    simulator.deleteModel('gone');
    await post(url, '/sdapi/v1/refresh-checkpoints', undefined);
    const { code, stdout } = await runInProcess(['doctor', '--webui', url]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ a search .*"gone.*not in the WebUI's list/);
  });

  it('and says when settings cannot be written', async () => {
    const model = {
      title: 'a.safetensors',
      model_name: 'a',
      hash: null,
      sha256: null,
      filename: '/m/a.safetensors',
    };
    const server = await startReplayServer({
      'GET /sdapi/v1/options': { status: 200, body: { sd_model_checkpoint: 'a.safetensors' } },
      'GET /sdapi/v1/sd-models': {
        status: 200,
        body: [model, { ...model, title: 'b', model_name: 'b', filename: '/m/b' }],
      },
      'GET /sdapi/v1/script-info': { status: 200, body: [] },
      'GET /openapi.json': { status: 200, body: { paths: {} } },
      'GET /app_id': { raw: '{"app_id":7}' },
      'GET /sdapi/v1/progress': { status: 500, body: { error: 'RuntimeError' } },
      'POST /sdapi/v1/options': {
        status: 500,
        body: { error: 'PermissionError', message: 'config.json is read-only' },
      },
    });
    open.push(server);
    const { code, stdout } = await runInProcess(['doctor', '--webui', server.url]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ a search .*\/sdapi\/v1\/progress/);
    expect(stdout).toMatch(/✗ a search .*config\.json is read-only/);
  });

  it('and leaves everything as it was, the alias on Forge included', async () => {
    const simulator = await start({ family: 'forge', modules: ['ae.safetensors'] });
    const { url } = simulator;
    await post(url, '/sdapi/v1/options', {
      sd_model_checkpoint: 'modelB',
      forge_additional_modules: ['ae.safetensors'],
    });
    const settings = async (): Promise<unknown> => (await fetch(`${url}/sdapi/v1/options`)).json();
    const before = await settings();
    const { stdout } = await runInProcess(['doctor', '--webui', url]);
    expect(await settings()).toEqual(before);
    expect(simulator.stats().images).toBe(0);
    expect(simulator.stats().requests['POST /sdapi/v1/options']).toBe(2);
    expect(stdout).toMatch(/answers as Forge; selected checkpoint: modelB/);
    expect(stdout).toMatch(/✓ settings .*"ae\.safetensors" \(forge_additional_modules\).*--clear-modules/);
  });

  it('and says that nothing can be written into the models folder', async () => {
    const { url } = await start({});
    const folder = makeWorkFolder();
    for (const wrong of ['hills.json', 'nowhere']) {
      const { code, text } = await inFolder(folder, ['doctor', '--webui', url, '--models-dir', wrong]);
      expect(code).toBe(1);
      expect(text).toMatch(/✗ models folder .*--models-dir/);
    }
  });
});

describe('an empty list of LoRA files', () => {
  it('is not taken for a server that knows no LoRA', async () => {
    const { url } = await start({ extensions: ['lora-block-weight'] });
    expect((await runInProcess(['backends', '--webui', url])).stdout).toMatch(/has no LoRA files: put one/);
    const server = await startReplayServer({
      'GET /sdapi/v1/options': { status: 200, body: { sd_model_checkpoint: 'a' } },
      'GET /sdapi/v1/sd-models': {
        status: 200,
        body: [{ title: 'a', model_name: 'a', hash: null, sha256: null, filename: '/m/a' }],
      },
      'GET /sdapi/v1/script-info': { status: 200, body: [] },
      'GET /openapi.json': { status: 200, body: { paths: {} } },
    });
    open.push(server);
    expect((await runInProcess(['backends', '--webui', server.url])).stdout).toMatch(
      /cannot use LoRAs: .*enable it/,
    );
  });
});

describe('--save-best checkpoint in a dry run', () => {
  const dry = ['search', ...BASICS, '--save-best', 'checkpoint', '--dry-run'];

  it('is refused where nobody says where the files lie', async () => {
    const folder = makeWorkFolder();
    const comfy = await start({ family: 'comfyui' });
    for (const url of [comfy.url, await closedUrl()]) {
      const { code, text } = await inFolder(folder, [...dry, '--webui', url]);
      expect(code).toBe(2);
      expect(text).toMatch(/--save-best checkpoint needs the model files.*--models-dir/);
    }
    // The files of this server lie in its memory.
    const { code, text } = await inFolder(folder, [...dry, '--webui', (await start({})).url]);
    expect(code).toBe(2);
    expect(text).toMatch(/is not on this machine.*--models-dir/);
    expect(folder.files()).toEqual(['hills.json']);
  });

  it('is refused with a folder that is none, or not that of the models', async () => {
    const folder = makeWorkFolder();
    fs.mkdirSync(path.join(folder.path, 'empty'));
    for (const wrong of ['empty', 'hills.json', 'nowhere']) {
      const { code, text } = await inFolder(folder, [...dry, '--models-dir', wrong]);
      expect(code).toBe(2);
      expect(text).toMatch(/--models-dir/);
    }
  });

  it('is a plan where the files are there, however they are named, and asks no server then', async () => {
    const folder = makeWorkFolder();
    const modelsDir = path.join(folder.path, 'models');
    fs.mkdirSync(modelsDir);
    const simulator = await start({ models: ['modelA', 'modelB'], modelsDir });
    // The last one of an option counts.
    for (const model of ['modelA', 'MODELA', 'modelA.safetensors', 'modelA [0123456789]']) {
      const { code, text } = await inFolder(folder, [...dry, '--models-dir', modelsDir, '--model-a', model]);
      expect([model, code, text]).toEqual([model, 0, expect.stringMatching(/^Merge +/)]);
    }
    expect(simulator.stats().requests).toEqual({});
    // On the same machine the server itself says where they lie.
    expect((await inFolder(folder, [...dry, '--webui', simulator.url])).code).toBe(0);
    expect(simulator.stats().requests['POST /sdapi/v1/options']).toBeUndefined();
  });

  it('does not look for what earlier merges of a chain will make', async () => {
    const folder = makeWorkFolder();
    const modelsDir = path.join(folder.path, 'models');
    fs.mkdirSync(modelsDir);
    await start({ models: ['modelA', 'modelB', 'modelC'], modelsDir });
    const chain = [
      '--merge',
      'modelA + modelB = AB',
      '--merge',
      'AB + modelC = ABC',
      '--models-dir',
      modelsDir,
    ];
    const args = ['search', '--payload', 'hills.json', ...chain, '--dry-run'];
    expect(await inFolder(folder, args)).toMatchObject({ code: 0 });
    fs.rmSync(path.join(modelsDir, 'modelC.safetensors'));
    expect(await inFolder(folder, args)).toMatchObject({ code: 2, text: expect.stringMatching(/modelC/) });
  });
});

it('a dry run says what the scorers judge', async () => {
  const args = ['search', ...BASICS, '--webui', await closedUrl(), '--dry-run'];
  const { text } = await inFolder(makeWorkFolder(), args);
  expect(text).toMatch(
    /^Score .*\n +The scorer quality guards against broken images; it does not judge taste\. \w/m,
  );
  const http = await inFolder(makeWorkFolder(), [
    ...args,
    '--scorer',
    'http',
    '--scorer-options',
    'http.url=http://x',
  ]);
  expect(http.text).toMatch(/^ +The scorer http judges as its server does\.$/m);
});

describe('a ComfyUI that has models of newer families only', () => {
  const comfy = { family: 'comfyui', architecture: 'flux1' } as const;

  it('is ready for doctor and backends, which say how to look closer', async () => {
    const folder = makeWorkFolder();
    const { url } = await start(comfy);
    const plain = await inFolder(folder, ['doctor', '--webui', url]);
    expect(plain.text).toMatch(/✓ models +modelA\S*, modelB\S*, .*--architecture/);
    const asked = await inFolder(folder, ['doctor', '--webui', url, '--architecture', 'flux1']);
    expect(asked.text).toMatch(/✓ models +modelA\S*, modelB\S*, modelC\S*$/m);
    const { text } = await inFolder(folder, ['backends', '--webui', url]);
    expect(text).toMatch(/0 checkpoints and 3 diffusion models of other families.*--architecture/);
    const unknown = await inFolder(folder, ['doctor', '--webui', url, '--architecture', 'flux']);
    expect(unknown).toMatchObject({ code: 2, text: expect.stringMatching(/no family "flux".*"flux1"\?/) });
  });

  it('lists them for init', async () => {
    const folder = makeWorkFolder();
    const { url } = await start(comfy);
    const init = ['init', '--webui', url, '--yes', '--architecture', 'flux1', '--prompt', 'x'];
    const { code, text } = await inFolder(folder, [...init, '--model-a', 'modelA', '--model-b', 'modelX']);
    expect(code).toBe(0);
    expect(text).toMatch(/does not list "modelX"/);
    expect(text).not.toMatch(/does not list "modelA"/);
  });
});
