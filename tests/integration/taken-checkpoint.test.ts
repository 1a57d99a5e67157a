/**
 * A run whose merged checkpoint cannot have the usual name says so at its beginning, and in its plan before that. One that has
 * written it already writes no second one.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { startSimulator, type Simulator } from '../../src/simulator/index.ts';
import { runInProcess } from '../helpers/fake-process.ts';
import { temporaryFolder } from '../helpers/run-search.ts';
import { makeWorkFolder } from '../helpers/work-folder.ts';

const verification = z.object({
  runs: z.array(z.object({ checks: z.array(z.object({ name: z.string(), state: z.string() })) })),
});

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

it.each(['checkpoint', 'webui'])(
  'is kept by a run that is resumed when it is finished: --save-best %s',
  async (saver) => {
    const modelsDir = temporaryFolder();
    const { path: folder } = makeWorkFolder();
    simulator = await startSimulator({ models: ['modelA', 'modelB'], modelsDir });
    const file = (name: string): string => path.join(modelsDir, `${name}.safetensors`);
    const merged = (): string[] => readdirSync(modelsDir).filter((name) => name.startsWith('O'));
    const command = SHORT.replace('--backend checkpoint', '--backend auto').split(' ');
    const payload = path.join(folder, 'hills.json');
    const places = `--seed 5 --save-best ${saver} --webui ${simulator.url}`.split(' ');
    places.push('--payload', payload, '--folder', folder, '--models-dir', modelsDir);
    const { code } = await runInProcess([...command, ...places]);
    expect(code).toBe(0);
    const first = statSync(file('O')).mtimeMs;
    const outputs = (): readonly (readonly [string, string])[] =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.recipe\.txt$|\.csv$|\.svg$|\.webp$/.test(name))
        .map((name) => [name, readFileSync(path.join(folder, name), 'base64')]);
    const before = outputs();
    const resume = async (...more: string[]): Promise<string> => {
      const resumed = await runInProcess(['resume', 'O', '--folder', folder, ...more]);
      expect(resumed.code).toBe(0);
      return resumed.stdout + resumed.stderr;
    };

    const kept = await resume();
    expect(kept).toContain(`The merged checkpoint is already written: ${file('O')}.`);
    expect(kept).toContain(`merged   ${file('O')} (already written)\n`);
    expect(kept).not.toContain('exists, so this run');
    expect([merged(), statSync(file('O')).mtimeMs]).toEqual([['O.safetensors'], first]);
    expect(outputs()).toEqual(before);

    // The best is another one after more iterations.
    const changed = await resume('--iterations', '8');
    expect(changed).toContain(
      `${file('O')} holds the best of an earlier session; the merged checkpoint is now ${file('O-2')}.`,
    );
    expect(await resume()).toContain(`merged   ${file('O-2')} (already written)\n`);
    expect(merged()).toEqual(['O-2.safetensors', 'O.safetensors']);

    const verified = async (): Promise<unknown> => {
      const args = ['verify', 'O', '--folder', folder, '--models-dir', modelsDir, '--json'];
      const { stdout } = await runInProcess(args);
      const { runs } = verification.parse(JSON.parse(stdout));
      return runs[0]?.checks.find(({ name }) => name === 'checkpoint')?.state;
    };
    expect(await verified()).toBe('right');

    // Somebody puts another file in its place.
    writeFileSync(file('O-2'), 'mine');
    expect(await verified()).toBe('differs');
    expect(await resume()).toContain(`${file('O-2')} was changed after this run had written it`);
    expect(merged()).toHaveLength(3);
    expect(readFileSync(file('O-2'), 'utf8')).toBe('mine');
  },
);
