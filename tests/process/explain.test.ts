/** `autombw explain` over the built command line. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { runCli } from '../helpers/run-cli.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { createUniform } from '../../src/shared/random.ts';
import { WEIGHT_ORDERS } from '../../src/architectures/sd-lists.ts';

const JOURNALS = path.resolve('tests/fixtures/journals');
const printed = z.object({
  enough: z.literal(true),
  dimensions: z.array(
    z.object({ name: z.string(), total: z.object({ value: z.number(), low: z.number(), high: z.number() }) }),
  ),
  suggestions: z.array(z.object({ kind: z.string(), sentence: z.string() })),
});

it('tells a run of few iterations what it lacks, and is no failure', async () => {
  const { code, stdout, stderr } = await runCli(
    ['explain', path.join(JOURNALS, 'main-2026-11-images.journal.jsonl')],
    { cwd: temporaryFolder('explain') },
  );
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toBe('Not enough data: 9 different merges have a score, but 16 are needed.\n');
});

it('explains a history of another program, without colours into a pipe', async () => {
  const cwd = temporaryFolder('explain');
  const random = createUniform(3);
  const rows = Array.from({ length: 50 }, () => {
    const weights = WEIGHT_ORDERS.search.map(() => Math.round(10 * random()) / 10);
    return [(weights[4] ?? 0) + 0.5 * (weights[20] ?? 0), ...weights];
  });
  const head = ['score', ...WEIGHT_ORDERS.search];
  writeFileSync(path.join(cwd, 'past.csv'), [head, ...rows].map((row) => `${row.join()}\n`).join(''));
  const { code, stdout, stderr } = await runCli(['explain', 'past.csv'], { cwd });
  expect([code, stderr]).toEqual([0, '']);
  const [important, second] = [4, 20].map((place) => WEIGHT_ORDERS.search[place] ?? '');
  expect(stdout).toMatch(new RegExp(`^${important} .* \\d+ % \\(\\d+ to \\d+\\)\n${second} `, 'm'));
  expect(stdout).not.toContain('\u001B');
  const json = await runCli(['explain', 'past.csv', '--json'], { cwd });
  const { dimensions } = printed.parse(JSON.parse(json.stdout));
  expect(dimensions.slice(0, 2).map(({ name }) => name)).toEqual([important, second]);
  expect(dimensions).toHaveLength(27);
});

it('says which run it cannot find', async () => {
  const { code, stdout, stderr } = await runCli(['explain', 'nothing'], { cwd: temporaryFolder('explain') });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('There is no run "nothing"');
});
