/** The bench of images per trial, over the built package: its runs are the run's own state and allocation. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../helpers/run-search.ts';

const root = path.resolve(import.meta.dirname, '../..');
const line = z.object({
  mode: z.string(),
  gains: z.record(z.string(), z.number()),
  trials: z.number(),
  more: z.number(),
});

it('npm run bench -- images', () => {
  const folder = temporaryFolder();
  const out = path.join(folder, 'runs.jsonl');
  const args = '--on worlds --cases pale-blur-1 --seeds 1 --images 100 --modes 12,3,auto --out'.split(' ');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bench/images.mjs', ...args, out], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^\| auto +\| 1 \|/m);
  const runs = readFileSync(out, 'utf8')
    .trimEnd()
    .split('\n')
    .map((text) => line.parse(JSON.parse(text)));
  expect(runs.map(({ mode, trials }) => [mode, trials])).toEqual([
    ['12', 8],
    ['3', 33],
    ['auto', runs[2]?.trials],
  ]);
  // Two images each, and some of them more.
  expect(runs[2]?.trials).toBeGreaterThan(8);
  expect(runs[2]?.more).toBeGreaterThan(0);
  // What was run is not run again.
  const again = spawnSync(process.execPath, ['bench/images.mjs', ...args, out, '--with', out], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(again.stdout).toBe(stdout);
  expect(readFileSync(out, 'utf8').trimEnd().split('\n')).toHaveLength(3);
  rmSync(folder, { recursive: true });
});
