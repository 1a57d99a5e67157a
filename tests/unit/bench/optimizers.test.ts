import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { keepRuns, keptRuns, type PeerRun } from '../../../bench/kept-peers.mjs';
import { landscapeProblems, worldProblems } from '../../../bench/optimizer-problems.mjs';
import { differences, meanAndError } from '../../../bench/optimizer-tables.mjs';
import { ALL_PEERS, startPeers, type Peers } from '../../../bench/peer-optimizers.mjs';
import { loadLandscapes } from '../../../bench/landscapes.mjs';
import { loadWorlds } from '../../../bench/worlds.mjs';
import { randomStream } from '../../../src/simulator/random.ts';

const LANDSCAPES = path.resolve(import.meta.dirname, '../../fixtures/landscapes');
const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('the tables of the optimizers', () => {
  it('take the error from the means of the problems', () => {
    const items = [1, 3, 6, 8].map((value, i) => ({ problem: i < 2 ? 'a' : 'b', value }));
    // Means 2 and 7, standard deviation 5 / √2, divided by √2.
    expect(meanAndError(items).mean).toBeCloseTo(4.5, 12);
    expect(meanAndError(items).error).toBeCloseTo(2.5, 12);
  });

  it('weigh every problem alike, however many runs it has', () => {
    const items = [0, 0, 0, 4].map((value, i) => ({ problem: i < 3 ? 'a' : 'b', value }));
    expect(meanAndError(items).mean).toBe(2);
  });

  it('take the error of a single problem from its runs, and have none of one run', () => {
    const items = [1, 3].map((value) => ({ problem: 'a', value }));
    expect(meanAndError(items)).toEqual({ mean: 2, error: 1 });
    expect(meanAndError(items.slice(1))).toEqual({ mean: 3, error: undefined });
  });

  it('compare runs of the same problem and seed only', () => {
    const run = (problem: string, seed: number, gain?: number) => ({ problem, seed, gain });
    const others = [run('a', 1, 0.25), run('a', 2, 0.5), run('b', 2)];
    const own = [run('a', 2, 1), run('a', 3, 1), run('b', 2, 1)];
    expect(differences(own, others, ({ gain }) => gain)).toEqual([{ problem: 'a', value: 0.5 }]);
  });
});

describe('what the optimizers search', () => {
  it.each([1, 3, 12, 48])('is scored by the mean of the first %i pictures', (images) => {
    const random = randomStream(7);
    const x = Array.from({ length: 27 }, random);
    const pictures = Array.from({ length: images }, (_, p) => p);
    const [world] = loadWorlds();
    const [problem] = worldProblems(images);
    expect(problem?.score(x, 1)).toBeCloseTo(mean(pictures.map((p) => world?.picture(x, p) ?? NaN)), 12);
    const [landscape] = loadLandscapes(LANDSCAPES);
    const [rough] = landscapeProblems(images, LANDSCAPES);
    const wanted =
      images === 12 ? landscape?.score(x) : mean(pictures.map((p) => landscape?.picture(x, p) ?? NaN));
    expect(rough?.score(x, 1)).toBeCloseTo(wanted ?? NaN, 12);
  });
});

describe('the runs of peers that are kept', () => {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  const emptyFile = (): string => {
    const folder = mkdtempSync(path.join(tmpdir(), 'kept-peers-'));
    folders.push(folder);
    writeFileSync(path.join(folder, 'peers.jsonl'), '');
    return path.join(folder, 'peers.jsonl');
  };
  const [world] = worldProblems(12);
  if (world === undefined) throw new Error('there is no world');
  const run: PeerRun = {
    optimizer: 'cmaes',
    problem: world.name,
    seed: 1,
    images: 12,
    evaluations: 60,
    at: [5, 10, 15, 20, 30, 40, 60],
    gain: [0.1, 0.2, 0.3, 0.4, 0.5, 0.123456, 0.7],
    versions: { cmaes: '1.0.0' },
    date: '2026-01-02',
  };

  it('are those of every peer on every world and landscape of the tests, with three seeds', () => {
    const problems = [...worldProblems(12), ...landscapeProblems(12, LANDSCAPES)];
    const runs = keptRuns(problems, 60);
    const names = runs.map(({ optimizer, problem, seed }) => `${optimizer}|${problem}|${seed}`).sort();
    const wanted = ALL_PEERS.flatMap((peer) =>
      problems.flatMap(({ name }) => [1, 2, 3].map((seed) => `${peer}|${name}|${seed}`)),
    );
    expect(names).toEqual(wanted.sort());
    for (const { at, gain, recommended, evaluations, versions, date } of runs) {
      expect(at).toEqual([5, 10, 15, 20, 30, 40, 60]);
      expect(gain).toHaveLength(at.length);
      expect(recommended).toEqual(gain);
      expect(evaluations).toBe(60);
      expect(Object.keys(versions)).toContain('Python');
      expect(date).toMatch(/^\d{4}-\d\d-\d\d$/);
    }
  });

  it('hold only for the problem that they were made on', () => {
    const score = (x: readonly number[], seed: number): number => world.score(x, seed) + 0.001;
    expect(keptRuns([world], 60)).not.toEqual([]);
    expect(keptRuns([{ ...world, score }], 60)).toEqual([]);
    expect(keptRuns(worldProblems(3), 60)).toEqual([]);
  });

  it('are rounded, cut at the count asked for, and replace those of the same peer, problem and seed', () => {
    const file = emptyFile();
    const own = { ...run, optimizer: 'bayesian' };
    keepRuns([run, own, { ...run, seed: 2 }], [world], file);
    keepRuns([{ ...run, date: '2026-02-03' }], [world], file);
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2);
    const [first, second] = keptRuns([world], 50, file);
    expect(first).toMatchObject({
      seed: 1,
      date: '2026-02-03',
      evaluations: 50,
      at: [5, 10, 15, 20, 30, 40],
    });
    expect(first?.gain).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.1235]);
    expect(second).toMatchObject({ seed: 2, date: '2026-01-02', group: 'worlds', kept: true });
  });

  it('are printed where no Python has the peers, but not with --fresh', () => {
    const bench = (...args: string[]): ReturnType<typeof spawnSync> =>
      spawnSync(
        process.execPath,
        ['bench/optimizers.mjs', '--on', 'worlds', '--cases', 'demo', '--optimizers', '', ...args],
        {
          encoding: 'utf8',
          cwd: path.resolve(import.meta.dirname, '../../..'),
          env: { ...process.env, PYTHON: 'no-python' },
        },
      );
    const { status, stdout } = bench('--evaluations', '20', '--peers');
    expect(status).toBe(0);
    for (const peer of ALL_PEERS) {
      expect(stdout).toMatch(
        new RegExp(`^\\| ${peer} \\| 3( \\| -?\\d\\.\\d{3} ± \\d\\.\\d{3}){4} \\|$`, 'm'),
      );
      expect(stdout).toMatch(new RegExp(`^kept: 3 runs of ${peer}, \\d{4}-\\d\\d-\\d\\d: .*Python 3`, 'm'));
    }
    expect(bench('--evaluations', '20', '--peers', 'cmaes', '--fresh').status).toBe(1);
    expect(bench('--evaluations', '20', '--peers', 'cmaes', '--seeds', '4').status).toBe(1);
  });
});

const hasPython = spawnSync('python3', ['-c', ''], { stdio: 'ignore' }).status === 0;

describe.skipIf(!hasPython)('a peer', () => {
  const opened: Peers[] = [];
  afterAll(async () => {
    for (const peers of opened) await peers.close();
  });
  const open = (): Peers => {
    const peers = startPeers('python3');
    opened.push(peers);
    return peers;
  };
  const dimensions = [
    { low: 0, high: 1, intervals: 10 },
    { low: -1, high: -0.5, intervals: 0 },
  ];

  it('is asked and told over lines, within its bounds, and repeats a seed', async () => {
    const peers = open();
    const points = [];
    for (const seed of [1, 1, 2]) {
      const search = await peers.start('uniform', dimensions, seed);
      expect(search.versions.Python).toMatch(/^3\./);
      const first = await search.ask();
      await search.tell(0.5);
      const second = await search.ask();
      expect(second).not.toEqual(first);
      for (const [x, y] of [first, second]) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(-0.5);
        expect(y).toBeGreaterThanOrEqual(-1);
      }
      points.push([first, second]);
    }
    expect(points[1]).toEqual(points[0]);
    expect(points[2]).not.toEqual(points[0]);
  });

  it('that ends without a reply is an error', async () => {
    await expect(open().start('nobody', dimensions, 1)).rejects.toThrow('ended without a reply');
  });
});
