import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createContext } from '../../../src/cli/cli-process.ts';
import { Cancelled, type Asker } from '../../../src/cli/commands/payloads/init/asker.ts';
import { initCommand, type InitOptions } from '../../../src/cli/commands/payloads/init/init.ts';
import { loadSearchConfig } from '../../../src/config/load.ts';
import { loadPayloads } from '../../../src/payload/load.ts';
import { startSimulator, type Simulator } from '../../../src/simulator/index.ts';
import { runInProcess, type InProcessResult } from '../../helpers/fake-process.ts';
import { closedUrl } from '../../helpers/replay-server.ts';
import { makeWorkFolder, type WorkFolder } from '../../helpers/work-folder.ts';

let webui: Simulator;
let comfy: Simulator;
let nowhere = '';
let folder: WorkFolder;
beforeAll(async () => {
  webui = await startSimulator({ models: ['modelA', 'modelB'] });
  comfy = await startSimulator({ family: 'comfyui', models: ['modelA', 'modelB'] });
  nowhere = await closedUrl();
});
afterAll(async () => {
  await Promise.all([webui.close(), comfy.close()]);
});
beforeEach(() => {
  folder = makeWorkFolder();
});

const NEEDED = ['--prompt', 'a cat', '--model-a', 'modelA', '--model-b', 'modelB'];

async function init(...args: string[]): Promise<InProcessResult> {
  const result = await runInProcess(['init', '--folder', folder.path, ...args]);
  const plain = (text: string): string => text.replaceAll(folder.path, '%').replaceAll('\\', '/');
  return { ...result, stdout: plain(result.stdout), stderr: plain(result.stderr) };
}

/** Answers by the label's beginning; the default to every other question. `asked` keeps labels and choices. */
function scripted(answers: Readonly<Record<string, string | boolean>>): {
  asker: Asker;
  asked: Map<string, readonly string[]>;
} {
  const asked = new Map<string, readonly string[]>();
  const answerTo = (label: string, choices: readonly string[]): string | boolean | undefined => {
    asked.set(label, choices);
    return Object.entries(answers).find(([start]) => label.startsWith(start))?.[1];
  };
  const asker: Asker = {
    text: async ({ label, standard, check }) => {
      const answer = answerTo(label, []) ?? standard;
      if (typeof answer !== 'string') throw new Error(`no answer to ${label}`);
      if (answer === '^C') throw new Cancelled('the questions were cancelled');
      const problem = check(answer);
      if (problem !== undefined) throw new Error(problem);
      return answer;
    },
    choose: async ({ label, choices, standard }) => {
      const answer = answerTo(label, choices) ?? standard;
      if (typeof answer !== 'string' || !choices.includes(answer)) throw new Error(`no choice for ${label}`);
      return answer;
    },
    confirm: async ({ label, standard }) => answerTo(label, []) === true || standard,
  };
  return { asker, asked };
}

async function initAsking(
  asker: Asker,
  url: string,
  flags: Readonly<Record<string, unknown>> = {},
  more: Partial<InitOptions> = {},
): Promise<{ code: number; stderr: string }> {
  let stderr = '';
  const sink = (keep: boolean): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (keep) stderr += chunk.toString('utf8');
        done();
      },
    });
  const signals = new EventEmitter();
  const context = createContext({
    argv: [],
    env: {},
    stdout: sink(false),
    stderr: sink(true),
    cwd: () => folder.path,
    on: (signal, listener) => signals.on(signal, listener),
    off: (signal, listener) => signals.off(signal, listener),
    exit: () => {},
  });
  const options = { webui: url, folder: folder.path, format: 'json', ...more } as const;
  return { code: await initCommand(context, flags, options, asker), stderr };
}

describe('init by flags', () => {
  it('has what a family is usually drawn with where nothing else is said', async () => {
    const { code } = await init('--webui', webui.url, ...NEEDED, '--architecture', 'flux1', '--steps', '12');
    expect(code).toBe(0);
    expect(JSON.parse(folder.read('payloads/first.json'))).toMatchObject({
      width: 1024,
      height: 1024,
      steps: 12,
      cfg_scale: 1,
      scheduler: 'Simple',
      sampler_name: 'Euler',
    });
    expect(JSON.parse(folder.read('first.config.json'))).toMatchObject({ architecture: 'flux1' });
  });

  it('writes a payload with every key of the Python tool, and a configuration that a search takes', async () => {
    const { code, stdout, stderr } = await init(
      '--webui',
      webui.url,
      ...NEEDED,
      '--n-iter',
      '2',
      '--enable-hr',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('autombw search --config %/first.config.json --dry-run');
    expect(folder.files()).toEqual(['first.config.json', 'hills.json', 'payloads/first.json']);
    expect(JSON.parse(folder.read('payloads/first.json'))).toEqual({
      prompt: 'a cat',
      negative_prompt: '',
      steps: 48,
      width: 512,
      height: 512,
      cfg_scale: 7,
      sampler_name: 'Euler',
      scheduler: 'Automatic',
      seed: 1,
      n_iter: 2,
      batch_size: 1,
      enable_hr: true,
      denoising_strength: 0.7,
      hr_scale: 2,
      hr_upscaler: 'Latent',
      hr_second_pass_steps: 0,
      hr_resize_x: 0,
      hr_resize_y: 0,
      firstphase_width: 0,
      firstphase_height: 0,
      restore_faces: false,
      tiling: false,
      wildcard_type: 'random',
      reverse_scoring: false,
    });
    const config = await loadSearchConfig({}, `${folder.path}/first.config.json`);
    expect(config).toMatchObject({ modelA: 'modelA', modelB: 'modelB', output: 'merged', webui: webui.url });
    const [loaded] = await loadPayloads(config.payload);
    expect(loaded).toMatchObject({ name: 'first', payload: { prompt: 'a cat' } });
  });

  it('in another format, under another name', async () => {
    const { code } = await init('--webui', webui.url, ...NEEDED, '--format', 'toml', '--name', 'my cat');
    expect(code).toBe(0);
    expect(folder.read('payloads/my cat.toml')).toMatch(/^prompt = "a cat"\n/);
    expect(JSON.parse(folder.read('my cat.config.json'))).toMatchObject({
      payload: ['payloads/my cat.toml'],
    });
  });

  it('says which flags it cannot do without, before it looks for a server', async () => {
    expect(await init('--webui', nowhere, '--steps', '20')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'autombw: There is no terminal to ask questions on, so give --model-a, --model-b and --prompt; everything else has a default.\n',
    });
  });

  it('tells of names that the server does not list, and takes them', async () => {
    const typos = ['--sampler-name', 'Eular', '--hr-upscaler', 'Latent', '--scheduler', 'karras'];
    const { code, stderr } = await init('--webui', webui.url, ...NEEDED.slice(0, -1), 'modlB', ...typos);
    expect(code).toBe(0);
    expect(stderr.replaceAll(webui.url, 'URL')).toBe(
      '! Model B, merged into A: URL does not list "modlB". Did you mean "modelB"?\n' +
        '! Sampler: URL does not list "Eular". Did you mean "Euler"?\n',
    );
  });

  it('goes on without a server, with a word', async () => {
    const { code, stderr } = await init('--webui', nowhere, ...NEEDED);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^! Nothing answers at .* cannot be checked; type them exactly as the WebUI shows them\.\n$/,
    );
  });

  it('replaces nothing unless told', async () => {
    folder.write('first.config.json', 'mine');
    const refused = await init('--webui', nowhere, ...NEEDED);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/%\/first\.config\.json exists; choose another name/);
    expect(folder.files()).toEqual(['first.config.json', 'hills.json']);
    expect((await init('--webui', nowhere, ...NEEDED, '--force')).code).toBe(0);
    expect(folder.read('first.config.json')).toContain('"modelA": "modelA"');
  });

  it.each([
    [['--steps', '0'], /--steps must be at least 1; got 0\.$/m],
    [['--name', '../x'], /--name must be a plain name/],
    [['--output', 'a/b'], /--output must be a plain name/],
    [['--denoising-strength', '2'], /--denoising-strength must be at most 1; got 2\.$/m],
    [['--prompt', ' '], /--prompt must not be empty\.$/m],
    [['--wildcard-type', 'wild'], /--wildcard-type must be one of none, random/],
    [['--port', '1', '--webui', 'http://x'], /not both/],
  ])('%j is refused and nothing written', async (args, sentence) => {
    const server = args.includes('--port') ? [] : ['--webui', nowhere];
    const { code, stderr } = await init(...NEEDED, ...server, ...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(sentence) });
    expect(folder.files()).toEqual(['hills.json']);
  });
});

describe('init on a terminal', () => {
  const MODELS = { 'Model A': 'modelA.safetensors', 'Model B': 'modelB.safetensors' };
  const DRAWING = '1 image of 512 × 512 pixels, 48 steps, CFG 7, Euler (Automatic), seed 1.';

  it('asks little of who draws as usual, and says how that is', async () => {
    const { asker, asked } = scripted({ Prompt: 'a dog', ...MODELS });
    expect(await initAsking(asker, webui.url, { steps: 20, batchSize: 2 })).toEqual({ code: 0, stderr: '' });
    expect([...asked.keys()]).toEqual([
      'Model A',
      'Model B, merged into A',
      'Model family',
      'Prompt',
      'Negative prompt',
      '2 images of 512 × 512 pixels, 20 steps, CFG 7, Euler (Automatic), seed 1. Change how images are drawn?',
      'Scorer',
      'Maximum number of iterations',
      'Name of the merged model',
      'Name of the payload',
    ]);
    expect(JSON.parse(folder.read('payloads/first.json'))).toMatchObject({
      steps: 20,
      batch_size: 2,
      width: 512,
    });
    expect(JSON.parse(folder.read('first.config.json'))).not.toHaveProperty('details');
  });

  it('knows how a family is usually drawn', async () => {
    const flux = scripted({ Prompt: 'a dog', 'Model family': 'flux1', ...MODELS });
    expect((await initAsking(flux.asker, webui.url)).code).toBe(0);
    expect([...flux.asked.keys()][5]).toMatch(
      /^1 image of 1024 × 1024 pixels, 20 steps, CFG 1, Euler \(Simple\)/,
    );
  });

  it('asks, with the lists of the WebUI to choose from', async () => {
    const { asker, asked } = scripted({
      Prompt: 'a dog',
      [DRAWING]: true,
      'Second pass': true,
      Sampler: 'DPM++ 2M',
      ...MODELS,
    });
    expect(await initAsking(asker, webui.url)).toEqual({ code: 0, stderr: '' });
    expect(asked.has('Sampling steps')).toBe(true);
    expect(asked.get('Sampler')).toContain('DPM++ 2M');
    expect(asked.get('Scheduler')).toContain('Karras');
    expect(asked.get('Hires: upscaler')).toEqual(expect.arrayContaining(['Latent', 'Lanczos']));
    expect(asked.get('Scorer')).toContain('quality');
    expect(asked.get('Model A')).toEqual(['modelA.safetensors', 'modelB.safetensors']);
    // Not what A is merged with already.
    expect(asked.get('Model B, merged into A')).toEqual(['modelB.safetensors']);
    expect(JSON.parse(folder.read('payloads/first.json'))).toMatchObject({
      prompt: 'a dog',
      sampler_name: 'DPM++ 2M',
      scheduler: 'Automatic',
      enable_hr: true,
    });
  });

  it('asks a ComfyUI for its lists', async () => {
    const { asker, asked } = scripted({ Prompt: 'a dog', '1 image of': true, ...MODELS });
    expect((await initAsking(asker, comfy.url)).code).toBe(0);
    expect(asked.get('Sampler')).toEqual(expect.arrayContaining(['Euler', 'dpmpp_2m']));
    expect(asked.has('Hires: upscaler')).toBe(false);
  });

  it('takes free text where no WebUI answers', async () => {
    const { asker, asked } = scripted({ Prompt: 'a dog', 'Model A': 'x', 'Model B': 'y' });
    const { code, stderr } = await initAsking(asker, nowhere);
    expect(code).toBe(0);
    expect(stderr).toMatch(/cannot be checked/);
    expect(asked.get('Model A')).toEqual([]);
    const twice = scripted({ Prompt: 'a dog', 'Model A': 'x', 'Model B': 'X.safetensors' }).asker;
    await expect(initAsking(twice, nowhere, {}, { force: true })).rejects.toThrow(
      'That is model A; choose a different one.',
    );
  });

  it('asks only what has no default with --yes, and nothing that a flag says', async () => {
    const { asker, asked } = scripted({ Prompt: 'a dog', 'Model B': 'modelB.safetensors' });
    expect((await initAsking(asker, webui.url, { modelA: 'modelA' }, { yes: true })).code).toBe(0);
    expect([...asked.keys()]).toEqual(['Model B, merged into A', 'Prompt']);
  });

  it('leaves nothing behind when it is cancelled, even at the last question', async () => {
    const { asker } = scripted({ Prompt: 'a dog', ...MODELS, 'Name of the payload': '^C' });
    expect(await initAsking(asker, webui.url)).toEqual({ code: 130, stderr: 'Nothing was written.\n' });
    expect(folder.files()).toEqual(['hills.json']);
  });

  it.each([
    [{ [DRAWING]: true, Width: '5' }, /It must be at least 8; got 5/],
    [{ [DRAWING]: true, Width: 'wide' }, /It must be a whole number; got "wide"/],
    [{ 'Name of the payload': 'hills/x' }, /It must be a plain name/],
    [{ Prompt: '' }, /It must not be empty/],
  ])('asks again after %j', async (answers, problem) => {
    const { asker } = scripted({ Prompt: 'a dog', ...MODELS, ...answers });
    await expect(initAsking(asker, webui.url)).rejects.toThrow(problem);
  });
});
