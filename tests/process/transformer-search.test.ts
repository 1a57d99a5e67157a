/** A search of a transformer as a user runs it, on both servers that draw with one, and the commands on what it leaves. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { startSimulator, type Simulator } from '../../src/simulator/index.ts';
import { runCli, runCliWell } from '../helpers/run-cli.ts';
import { makeWorkFolder, type WorkFolder } from '../helpers/work-folder.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const PRUNED = 'flux1:double_blocks=4,single_blocks=6';
const MODELS = ['--model-a', 'modelA', '--model-b', 'modelB', '--output', 'O', '--payload', 'flux.json'];
const summarySchema = z.object({
  recommended: z.object({ weights: z.record(z.string(), z.number()) }),
  files: z.record(z.string(), z.string()),
  checkpoint: z.string(),
});

const simulators: Simulator[] = [];
afterEach(async () => {
  for (const simulator of simulators.splice(0)) await simulator.close();
});

async function start(family: 'comfyui' | 'forge', root = temporaryFolder('models')): Promise<Simulator> {
  const simulator = await startSimulator({ family, architecture: PRUNED, modelsDir: root });
  simulators.push(simulator);
  return simulator;
}

function newFolder(): WorkFolder {
  const folder = makeWorkFolder();
  const payload = { prompt: 'a coast', seed: 7, steps: 4, width: 64, height: 64, n_iter: 2 };
  folder.write('flux.json', { ...payload, cfg_scale: 1, distilled_cfg_scale: 3.5 });
  return folder;
}

/** The numbers of a file, without its header. */
function numbersOf(file: string): string {
  const bytes = readFileSync(file);
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0))).toString('hex');
}

it.each([
  ['comfyui', 'auto', []],
  ['comfyui', 'checkpoint', []],
  ['forge', 'checkpoint', ['--text-encoder', 'clip_l', '--text-encoder', 't5xxl_fp16', '--vae', 'ae']],
] as const)(
  'on %s by --backend %s: from the family in the files to the merged file',
  async (family, backend, more) => {
    const { url, modelsDir } = await start(family);
    const { path: cwd } = newFolder();
    const basics = [
      'search',
      ...MODELS,
      '--webui',
      url,
      '--models-dir',
      modelsDir,
      '--backend',
      backend,
      ...more,
    ];
    const rules = [
      '--curve',
      'single_blocks=3',
      '--block',
      'double_blocks.*=0.25:0.75',
      '--block',
      '*_in=0.5',
    ];
    const plan = await runCliWell([...basics, ...rules, '--dry-run'], { cwd });
    expect(plan.stdout).toContain(`8 free of 16 (${PRUNED})`);
    expect(plan.stdout).toContain('double_blocks.0 to double_blocks.3 from 0.25 to 0.75');
    expect(plan.stdout).toContain('single_blocks is a linear curve of 3 knots for 6 blocks');
    const given = ['--iterations', '5', '--prove', '2', '--save-best', 'checkpoint', '--json'];
    const { stdout } = await runCliWell([...basics, ...rules, ...given], { cwd });
    const { recommended, files, checkpoint } = summarySchema.parse(JSON.parse(stdout));
    expect(recommended.weights).toMatchObject({ img_in: 0.5, guidance_in: 0.5 });
    expect(JSON.parse(readFileSync(path.join(cwd, files['recipe'] ?? ''), 'utf8'))).toEqual(
      recommended.weights,
    );
    const models = [
      '--model-a',
      path.join(modelsDir, 'modelA.safetensors'),
      '--model-b',
      path.join(modelsDir, 'modelB.safetensors'),
    ];
    const source = ['--weights', files['recipe'] ?? ''];
    await runCliWell(['merge', ...models, ...source, '--output', 'again.safetensors'], { cwd });
    expect(numbersOf(path.join(cwd, 'again.safetensors'))).toBe(numbersOf(path.resolve(cwd, checkpoint)));
    const resumed = await runCliWell(['resume', files['journal'] ?? '', '--iterations', '7', '--json'], {
      cwd,
    });
    expect(JSON.parse(resumed.stdout)).toMatchObject({ iterations: 7, failed: 0 });
    // So few images need not show anything.
    const proved = await runCli(['prove', files['journal'] ?? '', '--prove', '4'], { cwd });
    expect([0, 3]).toContain(proved.code);
    expect(proved.stdout).toContain('4 images');
  },
);

it('the commands on runs take it', async () => {
  const { url, modelsDir } = await start('comfyui');
  const folder = newFolder();
  const { path: cwd } = folder;
  const given = [
    '--webui',
    url,
    '--models-dir',
    modelsDir,
    '--iterations',
    '12',
    '--save-best',
    'none',
    '--prove',
    '0',
  ];
  await runCliWell(['search', ...MODELS, ...given], { cwd });
  const csv = folder.only('.csv');
  const journal = folder.only('.journal.jsonl');
  const outputs = await Promise.all(
    [
      ['explain', journal],
      ['plot', csv],
      ['report', journal, '--output', 'x.html'],
      ['compare', csv, journal],
      ['convert', csv, '--to', 'recipe', '--output', 'best.json'],
      ['recover', '--log', journal, '--print-only'],
    ].map(async (args) => [args[0], await runCli(args, { cwd })] as const),
  );
  for (const [name, { code, stderr }] of outputs) {
    expect([name, code, stderr]).toEqual([name, 0, expect.not.stringMatching(/Error|undefined/)]);
  }
  const again = ['--iterations', '2', '--warm-start', 'best.json', '--learn', csv, '--dry-run'];
  const { stdout } = await runCliWell(
    ['search', ...MODELS, '--webui', url, '--models-dir', modelsDir, ...again],
    { cwd },
  );
  expect(stdout).toContain('1 point to start with');
});

it('says which family the files are where another one was given', async () => {
  const { url, modelsDir } = await start('comfyui');
  const { path: cwd } = newFolder();
  const given = ['search', ...MODELS, '--webui', url, '--models-dir', modelsDir, '--architecture', 'anima'];
  const { code, stderr } = await runCli(given, { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain(
    `modelA.safetensors is a model of ${PRUNED}, but the search is for anima: use --architecture ${PRUNED}`,
  );
  const unsaid = await runCli(['search', ...MODELS, '--webui', url], { cwd });
  expect(unsaid.stderr).toMatch(/no file has that name\. .+use --architecture/);
});
