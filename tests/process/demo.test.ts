/** The demo in both worlds. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import sharp from 'sharp';
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
});
const candidates = z.array(z.object({ label: z.string(), mean: z.number().min(0).max(1) }));
const tinySchema = summarySchema.extend({
  world: z.literal('tiny'),
  first: candidates,
  proof: candidates,
  checkpoint: z.string(),
  sheet: z.string(),
  seconds: z.number(),
});

describe('demo', () => {
  it('searches over real checkpoints and proves what it found', async () => {
    const folder = makeWorkFolder();
    const { stdout } = await runCliWell(['demo', '--iterations', '2', '--json'], { cwd: folder.path });
    const { iterations, failed, files, first, proof, checkpoint, sheet } = tinySchema.parse(
      JSON.parse(stdout),
    );
    expect({ iterations, failed }).toEqual({ iterations: 2, failed: 0 });
    expect(first).toHaveLength(3);
    expect(proof).toHaveLength(4);
    for (const kind of ['journal', 'csv', 'recipe', 'plot', 'log'])
      expect(folder.files()).toContain(files[kind]?.replaceAll('\\', '/'));
    expect(openCheckpoint(path.join(folder.path, checkpoint)).tensors.length).toBeGreaterThan(556);
    const { format, width, height } = await sharp(readFileSync(path.join(folder.path, sheet))).metadata();
    expect(format).toBe('png');
    expect(width).toBeGreaterThan(6 * 256);
    expect(height).toBeGreaterThan(4 * 256);
  });

  it('searches among painted landscapes', async () => {
    const folder = makeWorkFolder();
    // By night as many as the demo does unasked.
    const [count, limit] = IS_NIGHTLY ? [60, []] : [16, ['--iterations', '16']];
    const args = ['demo', '--world', 'painter', '--json', ...limit];
    const { stdout } = await runCliWell(args, { cwd: folder.path });
    const { iterations, failed, files, best } = summarySchema.parse(JSON.parse(stdout));
    expect({ iterations, failed }).toEqual({ iterations: count, failed: 0 });
    for (const kind of ['journal', 'csv', 'recipe', 'plot', 'log'])
      expect(folder.files()).toContain(files[kind]?.replaceAll('\\', '/'));
    const scores = folder
      .read(files['csv'] ?? '')
      .trimEnd()
      .split('\n')
      // Behind the head, model A, model B and half of each.
      .slice(4)
      .map((line) => Number(line.split(',')[27]));
    expect(scores).toHaveLength(count);
    // A search that learnt nothing would find its best by luck: the second half must be better on the whole.
    const mean = (some: readonly number[]): number => some.reduce((a, b) => a + b, 0) / some.length;
    expect(mean(scores.slice(count / 2))).toBeGreaterThan(mean(scores.slice(0, count / 2)));
    expect(best.score).toBe(Math.max(...scores));
  });

  it('falls back to the landscapes without ONNX Runtime, in one sentence', async () => {
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
    expect(text.stderr).toContain(
      'No runtime: install it.\nUntil then the demo runs on painted landscapes.\n',
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
