/** A run whose merged checkpoint cannot have the usual name says so at its beginning, and in its plan before that. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../../src/simulator/index.ts';
import { runInProcess } from '../helpers/fake-process.ts';
import { temporaryFolder } from '../helpers/run-search.ts';
import { makeWorkFolder } from '../helpers/work-folder.ts';

let simulator: Simulator | undefined;
afterEach(async () => simulator?.close());

it.each(['checkpoint', 'webui'])(
  'names the file that it will write instead: --save-best %s',
  async (saver) => {
    const modelsDir = temporaryFolder();
    const work = makeWorkFolder();
    simulator = await startSimulator({ models: ['modelA', 'modelB'], modelsDir });
    const models = ['--model-a', 'modelA', '--model-b', 'modelB', '--output', 'O', '--models-dir', modelsDir];
    const short = '--optimizer random --iterations 2 --no-early-stop --no-baselines --no-prove'.split(' ');
    const args = [
      ...[
        'search',
        '--payload',
        path.join(work.path, 'hills.json'),
        '--folder',
        work.path,
        ...models,
        ...short,
      ],
      ...['--webui', simulator.url, '--backend', 'checkpoint', '--save-best', saver],
    ];
    const taken = path.join(modelsDir, 'O.safetensors');
    const free = await runInProcess([...args, '--dry-run']);
    expect([free.code, free.stderr]).toEqual([0, '']);
    expect(free.stdout).not.toContain('Checkpoint ');
    writeFileSync(taken, 'somebody else’s');
    if (saver === 'checkpoint') {
      const dry = await runInProcess([...args, '--dry-run']);
      expect(dry.stdout).toContain(`\nCheckpoint   O-2.safetensors, because ${taken} exists\n`);
    }
    const { code, stderr } = await runInProcess(args);
    expect(code).toBe(0);
    expect(stderr).toContain(`${taken} exists, so this run will write O-2.safetensors.`);
    expect(existsSync(path.join(modelsDir, 'O-2.safetensors'))).toBe(true);
  },
);
