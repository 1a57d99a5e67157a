import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createCommandScorer } from '../../../src/score/command/command-scorer.ts';
import { commandScorer } from '../../../src/score/command/index.ts';
import type { Scorer, ScoreResult } from '../../../src/score/scorer.ts';
import { describeScorerContract } from '../../contracts/scorer.contract.ts';
import { makeBlackItem, makeItem } from '../../helpers/score-items.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const fixtures = path.resolve(import.meta.dirname, '../../fixtures/scorers');
const folder = temporaryFolder('command-test');
const { signal } = new AbortController();
const opened: Scorer[] = [];
let files = 0;

/** A quoted file name that does not exist yet. */
const freshFile = (): string => path.join(folder, `file-${++files}`);

function runOf(script: string, ...args: readonly string[]): string {
  return [process.execPath, path.join(fixtures, script), ...args].map((word) => `'${word}'`).join(' ');
}

function make(run: string, settings: Record<string, unknown> = {}, farewell = 5): Scorer {
  const scorer = createCommandScorer(commandScorer.options.parse({ run, ...settings }), farewell);
  opened.push(scorer);
  return scorer;
}

async function valuesOf(results: Promise<readonly ScoreResult[]>): Promise<unknown[]> {
  return (await results).map((result) => (result.state === 'scored' ? result.value : result.reason));
}

/** None where the child was stopped before it could write them. */
function pidsIn(file: string): number[] {
  if (!existsSync(file)) return [];
  const pids: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return Array.isArray(pids) ? pids.map(Number) : [];
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie answers too: it is dead, and init has not looked yet.
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** SIGKILL takes a moment. */
async function untilDead(pids: readonly number[]): Promise<void> {
  expect(pids.every((pid) => pid > 0)).toBe(true);
  while (pids.some(lives)) await sleep(10);
}

const failure = (code: string, ...parts: readonly string[]): unknown =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(
      new RegExp(
        parts
          .map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`))
          .join(String.raw`[\s\S]*`),
      ),
    ),
  });

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(opened.splice(0).map(async (scorer) => scorer.close?.()));
});

describeScorerContract('command', () =>
  createCommandScorer(commandScorer.options.parse({ run: runOf('sound.mjs'), min: 0, max: 1 })),
);

describe('a sound scorer', () => {
  it('gets the image as a file with the right ending, which is gone afterwards', async () => {
    const temporary = mkdtempSync(path.join(folder, 'temporary-'));
    for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, temporary);
    const scorer = make(runOf('echo.mjs'));
    const seen: unknown[] = [];
    for (const format of ['png', 'jpeg', 'webp'] as const) {
      const item = await makeItem(5, { prompt: 'Köln, 日本 "x"\n' }, format);
      const error = await scorer.score([item], signal).catch((thrown: unknown) => thrown);
      expect(error).toEqual(failure('scorer-failed', 'payload "coast" with seed 5: {'));
      const { image, ...request } = askedIn(error);
      expect(request).toEqual({
        type: 'score',
        id: seen.length + 1,
        prompt: 'Köln, 日本 "x"\n',
        negative_prompt: 'blurry',
        seed: 5,
        payload: 'coast',
        width: 32,
        height: 24,
        exists: true,
      });
      expect(existsSync(String(image))).toBe(false);
      seen.push(path.extname(String(image)));
    }
    expect(seen).toEqual(['.png', '.jpg', '.webp']);
    expect(readdirSync(temporary)).toHaveLength(1);
    await scorer.close?.();
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('gets the image as base64, to the same score', async () => {
    const item = await makeItem(3);
    const [byPath, byText] = [make(runOf('sound.mjs')), make(runOf('sound.mjs'), { image: 'base64' })];
    expect(await byText.score([item], signal)).toEqual(await byPath.score([item], signal));
  });

  it('may answer in any order, and passes on parts', async () => {
    const items = await Promise.all([1, 2, 3, 4, 5, 6].map(async (seed) => makeItem(seed)));
    const shuffled = await valuesOf(make(runOf('shuffled.mjs'), { batch: 3 }).score(items, signal));
    const results = await make(runOf('sound.mjs')).score(items, signal);
    expect(shuffled).toEqual(await valuesOf(Promise.resolve(results)));
    expect(results[0]).toMatchObject({ parts: { width: 32, height: 24 } });
  });

  it('may talk and print in between', async () => {
    const item = await makeItem(3);
    const talking = make(runOf('rubbish.mjs'));
    const expected = await valuesOf(make(runOf('sound.mjs')).score([item, item], signal));
    expect(await valuesOf(talking.score([item, item], signal))).toEqual(expected);
  });

  it('is never asked about a black image', async () => {
    const scorer = make(runOf('echo.mjs'));
    expect(await scorer.score([await makeBlackItem()], signal)).toEqual([
      { state: 'invalid', reason: 'it is a single flat tone (luma 0, deviation 0.00 of 255)' },
    ]);
  });
});

describe('answers', () => {
  /** One child for all of them; a child that spoke nonsense is followed by a new one. */
  const scorer = createCommandScorer(commandScorer.options.parse({ run: runOf('says.mjs'), max: 1 }));
  const answer = async (line: string): Promise<readonly ScoreResult[]> =>
    scorer.score([await makeItem(1, { prompt: line })], signal);
  beforeAll(async () => scorer.open?.(signal));
  afterAll(async () => scorer.close?.());

  it.each([
    ['{"id":ID,"score":NaN}', 'score-not-finite', 'answered null as the score'],
    ['{"id":ID,"score":-Infinity,"parts":{"a":NaN}}', 'score-not-finite', 'answered null'],
    ['{"id":ID,"score":null}', 'score-not-finite', 'answered null'],
    ['{"id":ID,"score":"0.5"}', 'score-not-finite', 'answered "0.5"'],
    ['{"id":ID}', 'score-not-finite', 'answered nothing'],
    ['{"id":ID,"score":1.5}', 'score-out-of-range', 'gave 1.5 for the image of payload "coast"'],
    [
      '{"id":ID,"score":1,"error":"no \\u001b[31mface\\nfound"}',
      'scorer-failed',
      'with seed 1: no face found.',
    ],
    ['{"id":77,"score":1}', 'scorer-broken', 'answered to id 77, which was not requested', '{"id":77'],
    ['{"id":"x","score":1}', 'scorer-broken', 'answered to no id'],
    ['{"score":1}', 'scorer-broken', 'answered to no id'],
  ])('%s is no score: %s', async (line, code, ...parts) => {
    await expect(answer(line)).rejects.toEqual(failure(code, ...parts));
  });

  it('can be that the image cannot be judged', async () => {
    expect(await answer('{"id":ID,"invalid":"no face\\nin it"}')).toEqual([
      { state: 'invalid', reason: 'no face in it' },
    ]);
  });

  it('keep finite parts and drop the others', async () => {
    expect(await answer('{"id":ID,"score":-1e-3,"parts":{"a":NaN,"b":2,"c":"NaN"}}')).toEqual([
      { state: 'scored', value: -1e-3, parts: { b: 2 } },
    ]);
  });
});

describe('a scorer that breaks', () => {
  it('is started again, and asked again about the same image', async () => {
    const mark = freshFile();
    const item = await makeItem(4);
    const expected = await make(runOf('sound.mjs')).score([item], signal);
    const scorer = make(runOf('crash-once.mjs', mark));
    const [result] = await scorer.score([item], signal);
    expect(result).toMatchObject({ value: expected[0]?.state === 'scored' ? expected[0].value : NaN });
    expect(existsSync(mark)).toBe(true);
  });

  it('fails the image that ends it twice, with its last words, and goes on with the next', async () => {
    const scorer = make(runOf('crash-on-seed.mjs', '2'));
    const items = await Promise.all([1, 2, 3].map(async (seed) => makeItem(seed)));
    expect(await valuesOf(scorer.score(items.slice(0, 1), signal))).toHaveLength(1);
    const error = await scorer.score(items.slice(1, 2), signal).catch((thrown: unknown) => thrown);
    expect(error).toEqual(
      failure(
        'scorer-broken',
        'failed twice on the image of payload "coast" with seed 2',
        'crash-on-seed.mjs',
        'exited with code 9',
        '\nIts last words:\nloading the weights\nCUDA error: out of memory',
      ),
    );
    expect(await valuesOf(scorer.score(items.slice(2), signal))).toHaveLength(1);
  });

  it('is killed with all it started when it is not answering', async () => {
    const pids = freshFile();
    const scorer = make(runOf('silent.mjs', pids), { timeout: 0.3 });
    await expect(scorer.score([await makeItem(1)], signal)).rejects.toEqual(
      failure('scorer-broken', 'did not answer within 0.3 s'),
    );
    await untilDead(pidsIn(pids));
  });

  it('is told from one that closed its input', async () => {
    const scorer = make(runOf('closes-input.mjs'), { timeout: 15 });
    await scorer.open?.(signal);
    await expect(scorer.score([await makeItem(1, { prompt: 'x'.repeat(300_000) })], signal)).rejects.toEqual(
      failure('scorer-broken', 'closed its standard input'),
    );
  });

  it('must come back as the same', async () => {
    const scorer = make(runOf('other-version.mjs', freshFile()));
    const item = await makeItem(1);
    expect(await valuesOf(scorer.score([item], signal))).toHaveLength(1);
    await sleep(100);
    await expect(scorer.score([item], signal)).rejects.toEqual(
      failure('scorer-changed', 'came back as restless 2, but was restless 1 before'),
    );
  });
});

describe('a scorer that cannot be started', () => {
  it.each([
    [
      runOf('not-ready.mjs'),
      ['not-ready.mjs', 'exited with code 3', 'Its last words:\nframe 22', "No module named 'ImageReward'"],
    ],
    [runOf('refuses-to-start.mjs'), ['cannot start: the weights are not there']],
    ['no-such-program-at-all --x', ['no-such-program-at-all --x cannot be started (ENOENT)', 'on the PATH']],
  ])('says why: %s', async (run, parts) => {
    const scorer = make(run);
    await expect(scorer.open?.(signal)).rejects.toEqual(
      failure('scorer-start', 'Scorer "command" is not ready: ', ...parts),
    );
  });

  it('is killed when it takes too long', async () => {
    const pids = freshFile();
    const scorer = make(runOf('silent.mjs', pids, 'early'), { startTimeout: 0.5 });
    await expect(scorer.open?.(signal)).rejects.toEqual(
      failure('scorer-start', 'was not ready within 0.5 s'),
    );
    await untilDead(pidsIn(pids));
  });

  it.each([
    ['', 'is empty'],
    ['   ', 'is empty'],
    [`python "x`, 'a quote " that is never closed'],
  ])('is refused as a command: %j', (run, message) => {
    expect(() => createCommandScorer({ ...commandScorer.options.parse({ run: 'x' }), run })).toThrow(
      expect.objectContaining({ kind: 'usage', message: expect.stringContaining(message) }),
    );
  });
});

describe('stopping', () => {
  it('waits no longer and kills when the run is stopped', async () => {
    const pids = freshFile();
    const scorer = make(runOf('silent.mjs', pids));
    const stop = new AbortController();
    await scorer.open?.(stop.signal);
    const scoring = scorer.score([await makeItem(1), await makeItem(2)], stop.signal);
    const stopped = scoring.catch((thrown: unknown) => thrown);
    while (!existsSync(`${pids}.asked`)) await sleep(10);
    stop.abort(new Error('Ctrl-C'));
    expect(await stopped).toEqual(new Error('Ctrl-C'));
    await untilDead(pidsIn(pids));
  });

  it('kills a child that is still loading, on abort and on close', async () => {
    const stop = new AbortController();
    const [first, second] = [freshFile(), freshFile()];
    const opening = make(runOf('silent.mjs', first, 'early')).open?.(stop.signal);
    const closing = make(runOf('silent.mjs', second, 'early'));
    const other = closing.open?.(signal);
    while (!(existsSync(first) && existsSync(second))) await sleep(10);
    await sleep(20);
    stop.abort(new Error('Ctrl-C'));
    const closed = closing.close?.();
    await Promise.all([
      expect(opening).rejects.toThrow('Ctrl-C'),
      expect(other).rejects.toThrow('was closed'),
      closed,
    ]);
    await untilDead([...pidsIn(first), ...pidsIn(second)]);
  });

  it('says bye, then kills whatever is left', async () => {
    const [stubborn, left] = [freshFile(), freshFile()];
    const scorers = [
      make(runOf('ignores-bye.mjs', stubborn), {}, 0.2),
      make(runOf('leaves-grandchild.mjs', left)),
    ];
    for (const scorer of scorers) {
      await scorer.open?.(signal);
      await scorer.close?.();
      await scorer.close?.();
    }
    await untilDead([...pidsIn(stubborn), ...pidsIn(left)]);
    await expect(scorers[1]?.score([await makeItem(1)], signal)).rejects.toEqual(
      failure('scorer-broken', 'was closed'),
    );
  });
});

const built = path.resolve(import.meta.dirname, '../../../dist/score/command/command-scorer.js');

describe.skipIf(!existsSync(built))('the end of autombw (needs dist/)', () => {
  it('ends the scorer too, without a close', async () => {
    const pids = freshFile();
    const settings = commandScorer.options.parse({ run: runOf('silent.mjs', pids) });
    const script = `
      const { createCommandScorer } = await import(${JSON.stringify(pathToFileURL(built).href)});
      await createCommandScorer(${JSON.stringify(settings)}).open(new AbortController().signal);
      process.exit(3);`;
    const ended = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
    expect([ended.status, String(ended.stderr)]).toEqual([3, '']);
    expect(pidsIn(pids)).toHaveLength(2);
    await untilDead(pidsIn(pids));
  });
});

describe('settings', () => {
  it('are checked', () => {
    const accepts = (settings: object): boolean => commandScorer.options.safeParse(settings).success;
    expect(accepts({ run: 'x', version: 2, min: 0, max: 1 })).toBe(true);
    for (const wrong of [
      {},
      { run: '' },
      { run: 'x', rum: 1 },
      { run: 'x', timeout: 0 },
      { run: 'x', batch: 1.5 },
      { run: 'x', image: 'file' },
      { run: 'x', min: 1, max: 1 },
    ]) {
      expect([wrong, accepts(wrong)]).toEqual([wrong, false]);
    }
  });

  it('are in the version where they change a score', () => {
    const versionOf = (settings: object): string =>
      commandScorer.create(commandScorer.options.parse({ run: 'x', ...settings })).version;
    expect(versionOf({})).toBe(versionOf({ timeout: 5, image: 'base64', batch: 4, startTimeout: 1 }));
    const versions = [{}, { run: 'y' }, { version: '2' }, { min: 0 }, { max: 9 }, { higherIsBetter: false }];
    expect(new Set(versions.map(versionOf)).size).toBe(versions.length);
    expect(versionOf({ version: 2 })).toMatch(/^command\/1\/2\/[\da-f]{12}$/);
    expect(versionOf({ run: 'judge --key geheim' })).not.toContain('geheim');
  });
});

/** The request that echo.mjs put into its error. */
function askedIn(error: unknown): Record<string, unknown> {
  const text = error instanceof Error ? error.message : '';
  const value: unknown = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
