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

const SHORT =
  'search --model-a modelA --model-b modelB --output O --backend checkpoint --optimizer random --iterations 2 --no-early-stop --no-baselines --no-prove';

it.each(['checkpoint', 'webui'])(
  'names the file that it will write instead: --save-best %s',
  async (saver) => {
    const modelsDir = temporaryFolder();
    const { path: folder } = makeWorkFolder();
    simulator = await startSimulator({ models: ['modelA', 'modelB'], modelsDir });
    const places = [
      '--payload',
      path.join(folder, 'hills.json'),
      '--folder',
      folder,
      '--models-dir',
      modelsDir,
    ];
    const args = [...SHORT.split(' '), ...places, '--webui', simulator.url, '--save-best', saver];
    const free = await runInProcess([...args, '--dry-run']);
    expect([free.code, free.stderr]).toEqual([0, '']);
    expect(free.stdout).not.toContain('Checkpoint ');
    const taken = path.join(modelsDir, 'O.safetensors');
    writeFileSync(taken, 'somebody else’s');
    const dry = await runInProcess([...args, '--dry-run']);
    expect(dry.stdout).toContain(`\nCheckpoint   O-2.safetensors, because ${taken} exists\n`);
    const { code, stderr } = await runInProcess(args);
    expect(code).toBe(0);
    expect(stderr).toContain(`${taken} exists, so this run will write O-2.safetensors.`);
    expect(existsSync(path.join(modelsDir, 'O-2.safetensors'))).toBe(true);
  },
);
