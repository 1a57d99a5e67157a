/**
 * kill -9 of workers, searches and a real Redis, each a process, at random moments: as many as a suite can pay, since each that is started
 * again costs a second and more of a core. tests/integration/queue-kills.test.ts has the others of a hundred.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, it } from 'vitest';
import { hasRedis } from '../helpers/redis.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const KILLS = 24;

it.skipIf(!hasRedis)(
  'loses no finished image and counts none twice when processes are killed',
  { timeout: 900_000 },
  async () => {
    const child = spawn(
      process.execPath,
      ['bench/queue-kills.mjs', '--kills', String(KILLS), '--seed', '2'],
      { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    expect(said).not.toContain('FAILS');
    expect(said.match(/^holds/gm)).toHaveLength(3);
    const [, ...deaths] =
      /^24 kills .*: (\d+) of workers, (\d+) of the coordinator, (\d+) of Redis$/m.exec(said) ?? [];
    // Nine, eight and three of the first twenty.
    for (const [n, least] of [9, 8, 3].entries()) expect(Number(deaths[n])).toBeGreaterThanOrEqual(least);
    expect(code).toBe(0);
  },
);
