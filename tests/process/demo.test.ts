/** The demo in both worlds. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openCheckpoint } from '../../src/checkpoints/checkpoint-file.ts';
import { createContext } from '../../src/cli/cli-process.ts';
import { demoCommand } from '../../src/cli/commands/servers/demo/demo.ts';
import { usageError } from '../../src/shared/errors.ts';
import { runCliWell, startSimulatorProcess } from '../helpers/run-cli.ts';
import { makeWorkFolder } from '../helpers/work-folder.ts';
import { IS_NIGHTLY } from '../setup/settings.ts';

const summarySchema = z.object({
  iterations: z.int(),
  failed: z.int(),
  files: z.record(z.string(), z.string()),
  best: z.object({ score: z.number() }),
  proof: z.object({ words: z.array(z.string()).min(1), verdict: z.object({ isProved: z.boolean() }) }),
  checkpoint: z.string().optional(),
  canResume: z.literal(false),
});

describe('demo', () => {
  it('searches over real checkpoints and proves what it found, as a search does', async () => {
    const folder = makeWorkFolder();
    const args = ['demo', '--iterations', '2', '--seed', '5', '--json'];
    const { stdout, stderr } = await runCliWell(args, { cwd: folder.path });
    expect(stderr).toMatch(/^Seed 5\.\n/);
    const { iterations, failed, files, proof, checkpoint = '' } = summarySchema.parse(JSON.parse(stdout));
    expect({ iterations, failed }).toEqual({ iterations: 2, failed: 0 });
    expect(proof.words[0]).toMatch(/^Proof on \d+ images of fresh seeds/);
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(['journal', 'log', 'csv', 'recipe', 'plot', 'sheet', 'report', 'images']),
    );
    for (const file of Object.values(files)) expect(existsSync(path.join(folder.path, file))).toBe(true);
    expect(openCheckpoint(checkpoint).tensors.length).toBeGreaterThan(556);
    const [plan] = folder.journal();
    expect(plan).toMatchObject({ plan: { config: { seed: 5 }, optimizer: { seed: 5 } } });
  });

  it('searches among painted landscapes', async () => {
    const folder = makeWorkFolder();
    // By night as many as the demo does unasked.
    const [count, limit] = IS_NIGHTLY ? [60, []] : [16, ['--iterations', '16']];
    // With any seed the second half can be worse for once.
    const args = ['demo', '--world', 'painter', '--seed', '11', '--json', ...limit];
    const { stdout } = await runCliWell(args, { cwd: folder.path });
    const { iterations, failed, files, best, checkpoint } = summarySchema.parse(JSON.parse(stdout));
    expect({ iterations, failed }).toEqual({ iterations: count, failed: 0 });
    for (const file of Object.values(files)) expect(existsSync(path.join(folder.path, file))).toBe(true);
    // Nothing there could be written as a checkpoint.
    expect(checkpoint).toBeUndefined();
    const rows = folder
      .read(files['csv'] ?? '')
      .trimEnd()
      .split('\n')
      .map((line) => ({ weights: line.split(',', 27).join(','), score: Number(line.split(',')[27]) }));
    // Behind the head, model A, model B and half of each. One that takes its score over from them is no iteration of the search.
    const known = rows.slice(1, 4).map(({ weights }) => weights);
    const scores = rows
      .slice(4)
      .filter(({ weights }) => !known.includes(weights))
      .map(({ score }) => score);
    expect(scores).toHaveLength(count);
    // A search that learnt nothing would find its best by luck: the second half must be better on the whole.
    const mean = (some: readonly number[]): number => some.reduce((a, b) => a + b, 0) / some.length;
    expect(mean(scores.slice(count / 2))).toBeGreaterThan(mean(scores.slice(0, count / 2)));
    expect(best.score).toBe(Math.max(...scores));
  });

  it('draws a seed where none is given, and tells it', async () => {
    const seeds: string[] = [];
    for (let i = 0; i < 2; i++) {
      const folder = makeWorkFolder();
      const args = ['demo', '--world', 'painter', '--iterations', '1'];
      const { stdout } = await runCliWell(args, { cwd: folder.path });
      const [, seed = ''] = /with seed (\d+) \(--seed \1 repeats it\)/.exec(stdout) ?? [];
      const [plan] = folder.journal();
      expect(plan).toMatchObject({ plan: { config: { seed: Number(seed) } } });
      seeds.push(seed);
    }
    expect(seeds[0]).not.toBe(seeds[1]);
  });

  it('falls back to the landscapes without ONNX Runtime, in one line', async () => {
    const before = process.cwd();
    const text = { stdout: '', stderr: '' };
    const streamOf = (name: keyof typeof text): Writable =>
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          text[name] += chunk.toString('utf8');
          done();
        },
      });
    const context = createContext({
      argv: [],
      env: {},
      stdout: streamOf('stdout'),
      stderr: streamOf('stderr'),
      cwd: () => process.cwd(),
      on: () => undefined,
      off: () => undefined,
      exit: () => undefined,
    });
    process.chdir(makeWorkFolder().path);
    try {
      const code = await demoCommand(context, { world: 'tiny', iterations: 2, json: true }, async () =>
        Promise.reject(usageError('onnx-runtime-missing', 'No runtime: install it.')),
      );
      expect(code).toBe(0);
    } finally {
      process.chdir(before);
    }
    expect(summarySchema.parse(JSON.parse(text.stdout)).iterations).toBe(2);
    expect(text.stderr).toMatch(
      /^The demo paints landscapes instead of using real models\. No runtime: install it\.\nSeed \d+\.\n/,
    );
  });
});

describe('simulate --world tiny', () => {
  it('serves the checkpoints of the tiny world', async () => {
    const simulator = await startSimulatorProcess(['--world', 'tiny']);
    const models: unknown = await (await fetch(`${simulator.url}/sdapi/v1/sd-models`)).json();
    const names = z.array(z.object({ model_name: z.string() })).parse(models);
    expect(names.map((model) => model.model_name)).toEqual(['base', 'crisp', 'vivid']);
    const { code, stdout, stderr } = await simulator.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Simulated WebUI at \S+ with base, crisp, vivid; Ctrl-C stops it\.\n$/);
  });
});
