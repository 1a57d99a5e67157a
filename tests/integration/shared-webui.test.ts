/** Other people at the same WebUI: what they do to a merge in its memory is noticed, and no wrong score stands. */
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/index.ts';
import { temporaryFolder } from '../helpers/run-search.ts';
import { IS_NIGHTLY, PATIENCE } from '../setup/settings.ts';
import {
  ITERATIONS,
  ofKind,
  imageNumber,
  resumeOn,
  searchOn,
  startFaulty,
  useSearches,
} from '../helpers/simulated-search.ts';
import type { SimulatedResult, SimulatedSetting } from '../helpers/simulated-search.ts';

/**
 * Milliseconds an image. What is known of other people's jobs comes from looks at the server: where looks take longer,
 * jobs do too, as they would on a WebUI.
 */
const latency = (usual: number): number => Math.round(usual * PATIENCE);

/** Few blocks change from one iteration to the next, so that what a stranger has spoilt stays spoilt. */
const CONFIG = { optimizer: 'hill-climbing', intervals: 4 };
const { open, search } = useSearches(CONFIG);

const withWay = (backend: string, extensions = [backend]): SimulatedSetting => ({
  simulator: { extensions },
  config: { backend, ...CONFIG },
  renderer: { backend },
});

/**
 * Pixels by weights: what an iteration of these weights must look like, whoever was there. All that stands recorded of them, not only the
 * last: but what was taken back. Whoever sets up a merge of his own in the server's memory touches it before any job of his shows, and what is
 * drawn then is recognised by its pixels, one iteration later.
 */
function looksOf({ records }: SimulatedResult): Map<string, string> {
  const weights = new Map(ofKind(records, 'asked').map((asked) => [asked.trial, asked.weights]));
  const doubted = new Set(ofKind(records, 'doubted').flatMap(({ trials }) => trials));
  const looks = new Map<string, Set<string>>();
  for (const { trial, images } of ofKind(records, 'scored')) {
    if (doubted.has(trial)) continue;
    for (const { request, index, pixels } of images) {
      const key = JSON.stringify([weights.get(trial), request, index]);
      looks.set(key, (looks.get(key) ?? new Set()).add(pixels));
    }
  }
  return new Map([...looks].map(([key, pixels]) => [key, [...pixels].join()]));
}

const post = async ({ url }: Simulator, path: string, body: unknown): Promise<unknown> => {
  const reply = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return reply.json();
};

const foreignJob = {
  prompt: 'a cat',
  steps: 2,
  width: 64,
  height: 64,
  override_settings: { sd_model_checkpoint: 'other' },
};

describe('a job of somebody else with a checkpoint of its own', () => {
  it.each([
    ['runtime-block-merge', imageNumber(3, 1)],
    ['runtime-block-merge', imageNumber(3, 2)],
    ...(IS_NIGHTLY ? [['bayesian-merger', imageNumber(3, 2)] as const] : []),
    ['model-mixer', imageNumber(3, 1)],
  ] as const)('%s, before image %i: every score is that of an undisturbed run', async (backend, at) => {
    const calm = await search(withWay(backend));
    const shared = await search({ ...withWay(backend), faults: [`foreign-job@${at}`] });
    expect(shared.summary).toMatchObject({ reason: { code: 'iterations' }, failed: 0 });
    expect(shared.csv).toBe(calm.csv);
    expect(looksOf(shared)).toEqual(looksOf(calm));
    // A request that brings its own merge needs no other care than a look at the end.
    const isTold = shared.notices.some((notice) => /[Ss]omebody else's job ran on the WebUI/.test(notice));
    expect(isTold).toBe(backend !== 'model-mixer');
  });
});

describe('somebody who works at the WebUI now and then', () => {
  it('costs no iteration and no repeat, whenever his jobs come', async () => {
    const setting: SimulatedSetting = {
      simulator: { latencyMs: latency(60) },
      config: { ...CONFIG, retries: 0 },
    };
    const calm = await search(setting);
    const simulator = await startFaulty(setting);
    open.push(simulator);
    const over = new AbortController();
    const person = (async () => {
      for (let i = 0; !over.signal.aborted; i++) {
        await new Promise((resolve) => setTimeout(resolve, PATIENCE * (1100 + 70 * (i % 5))));
        await post(simulator, '/sdapi/v1/txt2img', foreignJob);
      }
    })();
    const shared = await searchOn([simulator], setting);
    over.abort();
    await person;
    expect(shared.summary).toMatchObject({ reason: { code: 'iterations' }, failed: 0 });
    expect(looksOf(shared)).toEqual(looksOf(calm));
    expect(shared.csv).toBe(calm.csv);
  });

  it('ends the run in words, to be resumed, when he never leaves it alone', async () => {
    const setting: SimulatedSetting = {
      simulator: { latencyMs: latency(20) },
      config: CONFIG,
      renderer: { sharedSeconds: 1 },
    };
    const calm = await search(setting);
    const simulator = await startFaulty(setting);
    open.push(simulator);
    const controller = new AbortController();
    const crowd: Promise<void>[] = [];
    const observers = [
      {
        name: 'crowd',
        onTrial: () => {
          if (crowd.length > 0) return;
          for (const _ of [1, 2]) {
            crowd.push(
              (async () => {
                while (!controller.signal.aborted) await post(simulator, '/sdapi/v1/txt2img', foreignJob);
              })().catch(() => {}),
            );
          }
        },
      },
    ];
    const shared = await searchOn([simulator], { ...setting, observers });
    controller.abort();
    await Promise.all(crowd);
    expect(shared.summary).toMatchObject({ reason: { code: 'error' }, canResume: true });
    expect(shared.summary.reason.message).toMatch(
      /^Another program has been using the WebUI at .*then resume/,
    );
    expect(ofKind(shared.records, 'failed')).toEqual([]);
    const resumed = await resumeOn([simulator], shared.summary.files['journal'] ?? '');
    expect(resumed.csv).toBe(calm.csv);
  });
});

/**
 * The server tells when its last job began to the second, and a job that changes the checkpoint takes one at the least: reading a file does.
 * Here it takes some milliseconds, so that the clock is moved on by a second with every job.
 */
function clockOfJobs(): () => Date {
  let now = Date.now();
  return () => new Date((now += 1000));
}

describe('two searches at one WebUI', () => {
  it.each([
    ['runtime-block-merge', 'runtime-block-merge'],
    ['runtime-block-merge', 'model-mixer'],
    ['checkpoint', 'checkpoint'],
    ...(IS_NIGHTLY
      ? ([
          ['bayesian-merger', 'bayesian-merger'],
          ['model-mixer', 'model-mixer'],
        ] as const)
      : []),
  ] as const)('%s and %s: neither keeps a score that is not its own', async (one, two) => {
    const needsFiles = one === 'checkpoint';
    const extensions = needsFiles ? [] : [...new Set([one, two])];
    const folder = needsFiles ? { modelsDir: temporaryFolder() } : {};
    const setting = (backend: string, own: { seed: number; modelB: string }): SimulatedSetting => ({
      simulator: { extensions, ...folder },
      config: { backend, ...CONFIG, ...own, ...folder },
      renderer: { backend, modelB: own.modelB, ...folder },
    });
    const first = setting(one, { seed: 1, modelB: 'modelB' });
    // With another model B, so that each is wrong for the other.
    const second = setting(two, { seed: 2, modelB: 'other' });
    const calm = [await search(first), await search(second)];
    const simulator = await startFaulty({
      simulator: { extensions, latencyMs: latency(15), now: clockOfJobs(), ...folder },
    });
    open.push(simulator);
    const patient = ({ renderer, ...rest }: SimulatedSetting): SimulatedSetting => ({
      ...rest,
      renderer: { ...renderer, sharedSeconds: 20 * PATIENCE },
    });
    const shared = await Promise.all([
      searchOn([simulator], patient(first)),
      searchOn([simulator], patient(second)),
    ]);
    for (const [i, result] of shared.entries()) {
      const right = looksOf(calm[i] as SimulatedResult);
      const wrong = [...looksOf(result)].filter(
        ([image, pixels]) => right.has(image) && pixels !== right.get(image),
      );
      expect(wrong).toEqual([]);
      expect(ofKind(result.records, 'failed')).toEqual([]);
      const { code, message } = result.summary.reason;
      expect(code === 'iterations' ? 'Another program has been using the WebUI' : message).toMatch(
        /^Another program has been using the WebUI/,
      );
    }
    // One of them gets through.
    expect(shared.some(({ summary }) => summary.iterations === ITERATIONS)).toBe(true);
  });
});
