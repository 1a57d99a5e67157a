/** Whole searches over real HTTP against a simulated WebUI that misbehaves: what must be in the journal, and on the server. */
import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../src/journal/record.ts';
import type { RunObserver } from '../../src/observers/observer.ts';
import { decodeImage, hashPixels } from '../../src/images/decode.ts';
import type { Simulator } from '../../src/simulator/index.ts';
import {
  hurriedClock,
  ITERATIONS,
  ofKind,
  imageNumber,
  IMAGES_PER_TRIAL,
  LAST_LOOK,
  PROOF_IMAGES,
  searchOn,
  resumeOn,
  searchSimulated,
  startFaulty,
  useSearches,
  type SimulatedResult,
  type SimulatedSetting,
} from '../helpers/simulated-search.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const { open, search } = useSearches();
let calm: SimulatedResult;

beforeAll(async () => {
  calm = await searchSimulated();
  await calm.simulator.close();
});

/** Everything that must be reproducible of the images: no seconds. */
function imagesOf({ records }: Pick<SimulatedResult, 'records'>): unknown[] {
  return ofKind(records, 'scored').map(({ trial, score, images }) => ({
    trial,
    score,
    images: images.map(({ seconds: _, ...image }) => image),
  }));
}

function pullerOfPlugs(simulator: Simulator): RunObserver {
  return { name: 'puller of plugs', onAsked: ({ id }) => void (id === 3 && simulator.close()) };
}

function rows(csv: string): string[] {
  return csv.trimEnd().split('\n').slice(1);
}

describe('an undisturbed search', () => {
  it('keeps everything about every image in the journal', () => {
    const [plan] = ofKind(calm.records, 'plan');
    const scored = ofKind(calm.records, 'scored');
    expect(scored.map(({ trial }) => trial)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    for (const { score, images, time } of scored) {
      expect(images.map(({ request, index, payload, seed }) => ({ request, index, payload, seed }))).toEqual([
        { request: 'hills/0', index: 0, payload: 'hills', seed: 7 },
        { request: 'hills/1', index: 0, payload: 'hills', seed: 8 },
      ]);
      for (const image of images) {
        expect(image.pixels).toMatch(/^[0-9a-f]{64}$/);
        expect(image.seconds).toBeGreaterThan(0);
        expect(image.raw).toEqual({ quality: image.score });
      }
      const [first, second] = images.map((image) => image.score);
      expect(score).toBeCloseTo(((first ?? 0) + (second ?? 0)) / 2, 12);
      expect(time.iteration).toBeGreaterThanOrEqual(time.evaluation);
    }
    expect(new Set(scored.flatMap(({ images }) => images.map(({ pixels }) => pixels))).size).toBe(
      ITERATIONS * IMAGES_PER_TRIAL,
    );
    expect(plan?.plan.server).toMatchObject({
      mergeWay: 'runtime-block-merge',
      modelA: { file: 'modelA.safetensors' },
      modelB: { file: 'modelB.safetensors' },
    });
    expect(ofKind(calm.records, 'proof')).toHaveLength(1);
    expect(calm.records.at(-1)).toMatchObject({ kind: 'stopped', reason: { code: 'iterations' } });
  });

  it('asks for no image more than the proof and the iterations need', () => {
    expect(calm.simulator.stats().images).toBe(PROOF_IMAGES + ITERATIONS * IMAGES_PER_TRIAL + LAST_LOOK);
    expect(calm.notices).toEqual([]);
  });

  it('writes down what it asks before it knows the score', () => {
    const order = calm.records.flatMap((record) =>
      record.kind === 'asked' || record.kind === 'scored' ? [`${record.kind} ${record.trial}`] : [],
    );
    expect(order.slice(0, 4)).toEqual(['asked 1', 'scored 1', 'asked 2', 'scored 2']);
  });
});

describe('what passes is tried again, and changes no score', () => {
  const third = imageNumber(3, 1);
  it.each([
    ['a server that stalls', `stall@${third}`, /showed no progress on "hills\/0"/],
    ['no memory', `oom@${third}`, /ran out of memory/],
    ['an exception in the server', `error500@${third}`, /status 500/],
    ['a restart of the server', `forget@${third}`, /restarted/],
    ['a restart during the second image', `forget@${third + 1}`, /restarted/],
    ['another checkpoint', `wrong-model@${third}`, /with a different model: requested modelA, got modelB/],
    ['somebody’s interrupt', `interrupted@${third}`, /interrupted/],
  ])('%s (%s)', async (_, fault, notice) => {
    const result = await search({ faults: [fault], renderer: { stallSeconds: 1.5 } });
    expect(imagesOf(result)).toEqual(imagesOf(calm));
    expect(result.csv).toBe(calm.csv);
    expect(ofKind(result.records, 'failed')).toEqual([]);
    expect(result.notices[0]).toMatch(/^Iteration 3: .*Trying again \(1 of 2\)/);
    expect(result.notices[0]).toMatch(notice);
    expect(result.records.at(-1)).toMatchObject({ kind: 'stopped', reason: { code: 'iterations' } });
  });

  it('a server that goes away is waited for', async () => {
    const gone = await startFaulty({});
    open.push(gone);
    let isBack = false;
    const clock = hurriedClock();
    const result = await searchOn([gone], {
      // It comes back while the run pauses between two looks, on the same port and with an empty memory.
      clock: {
        ...clock,
        sleep: async (milliseconds, signal) => {
          if (!isBack) open.push(await startFaulty({ simulator: { port: gone.port } }));
          isBack = true;
          await clock.sleep(milliseconds, signal);
        },
      },
      observers: [pullerOfPlugs(gone)],
    });
    expect(isBack).toBe(true);
    expect(imagesOf(result)).toEqual(imagesOf(calm));
    expect(result.csv).toBe(calm.csv);
    expect(result.notices.join('\n')).toMatch(/waiting up to 30 minutes.*\n.* is back/);
  });

  it('a server that stays away ends the run with all that was found', async () => {
    const gone = await startFaulty({});
    open.push(gone);
    const result = await searchOn([gone], { config: { reconnect: 5 }, observers: [pullerOfPlugs(gone)] });
    expect(result.summary.reason.code).toBe('error');
    expect(result.summary.reason.message).toMatch(/did not come back within 5 minutes/);
    expect(result.summary.canResume).toBe(true);
    expect(rows(result.csv)).toEqual(rows(calm.csv).slice(0, 2));
    expect(ofKind(result.records, 'failed')).toEqual([]);
    expect(result.records.at(-1)).toMatchObject({ kind: 'stopped', reason: { code: 'error' } });

    const back = await startFaulty({});
    open.push(back);
    const resumed = await resumeOn([back], result.summary.files['journal'] ?? '');
    expect(imagesOf(resumed)).toEqual(imagesOf(calm));
    expect(resumed.csv).toBe(calm.csv);
  });
});

describe('what does not pass is a failed iteration and never a score', () => {
  it.each([
    ['black images', `black@${imageNumber(3, 1)}-${imageNumber(3, 2)}`, 'image-degenerate', 0],
    [
      'rubbish in every attempt',
      `rubbish@${imageNumber(3, 1)}-${imageNumber(3, 1) + 5}`,
      'webui-bad-reply',
      0,
    ],
    ['no memory in every attempt', `oom@${imageNumber(3, 1)}-${imageNumber(3, 3)}`, 'webui-out-of-memory', 0],
  ])('%s (%s)', async (_, fault, code, images) => {
    const result = await search({ faults: [fault] });
    const [failed, ...others] = ofKind(result.records, 'failed');
    expect(failed).toMatchObject({ trial: 3, failure: { code } });
    expect(failed?.images).toHaveLength(images);
    expect(failed).not.toHaveProperty('score');
    expect(others).toEqual([]);
    expect(imagesOf(result)).toEqual(imagesOf(calm).filter((_record, index) => index !== 2));
    const [calmRow, row] = [rows(calm.csv)[2] ?? '', rows(result.csv)[2] ?? ''];
    expect(row.split(',').filter((cell, column) => cell !== calmRow.split(',')[column])).toEqual(['NaN']);
    expect(result.summary).toMatchObject({ iterations: ITERATIONS, failed: 1 });
  });

  it('a server that fails every time stops the run; when it is mended, resuming goes on', async () => {
    const from = imageNumber(3, 1);
    const result = await search({
      faults: [`error500@${from}-${from + 9}`],
      config: { retries: 0, iterations: 9 },
    });
    expect(result.summary.reason.code).toBe('failures');
    expect(ofKind(result.records, 'failed').map(({ trial }) => trial)).toEqual([3, 4, 5, 6, 7]);
    expect(rows(result.csv).filter((row) => row.includes('NaN'))).toHaveLength(5);

    const resumed = await resumeOn([result.simulator], result.summary.files['journal'] ?? '');
    expect(resumed.summary.reason.code).toBe('iterations');
    expect(ofKind(resumed.records, 'scored').map(({ trial }) => trial)).toEqual([1, 2, 8, 9]);
  });
});

/** Scores of all trials that were never doubted, by what was merged. */
function scoreByWeights(
  records: readonly JournalRecord[],
  doubted: readonly number[],
): Record<string, number> {
  const weights = new Map(ofKind(records, 'asked').map(({ trial, weights: asked }) => [trial, asked]));
  return Object.fromEntries(
    ofKind(records, 'scored')
      .filter(({ trial }) => !doubted.includes(trial))
      .map(({ trial, score }) => [JSON.stringify(weights.get(trial)), score]),
  );
}

describe('a server that merges no longer', () => {
  it.each([
    ['frozen', '+', 'pictures-unchanged', /^Iteration 2: .* is identical to .* of iteration 1, which has/],
    ['stale-unet', '', 'error', /^The image of a known merge .* has changed/],
  ])('%s stops the run with the reason; restarted, it goes on', async (fault, until, code, message) => {
    const result = await search({ faults: [`${fault}@${imageNumber(2, 1)}${until}`] });
    expect(result.summary.reason.code).toBe(code);
    expect(result.summary.reason.message).toMatch(message);
    // At the second occurrence, and not when a row of worthless scores has been recorded.
    expect(result.summary.iterations).toBeLessThanOrEqual(2);
    expect(result.records.at(-1)).toMatchObject({ kind: 'stopped', reason: { code } });

    await result.simulator.close();
    const mended = await startFaulty({});
    open.push(mended);
    const resumed = await resumeOn([mended], result.summary.files['journal'] ?? '');
    expect(resumed.summary).toMatchObject({ reason: { code: 'iterations' }, iterations: ITERATIONS });
    // What was in doubt has lost its score, was measured again first, and came out as in a run without the fault.
    const doubted = ofKind(resumed.records, 'doubted').flatMap(({ trials }) => trials);
    expect(doubted.length).toBeGreaterThanOrEqual(1);
    expect(scoreByWeights(resumed.records, doubted)).toMatchObject(
      scoreByWeights(calm.records.slice(0, 2 + 2 * Math.max(...doubted)), []),
    );
  });

  it('is refused by the proof before anything is written', async () => {
    const folder = temporaryFolder('proof');
    for (const fault of ['stale-unet@1', 'frozen@2+']) {
      await expect(search({ faults: [fault], config: { folder } })).rejects.toMatchObject({
        code: 'merge-not-proved',
        kind: 'run',
      });
      expect(readdirSync(folder)).toEqual([]);
    }
  });
});

describe('the WebUI is left as it was found', () => {
  async function look({ url }: Simulator): Promise<{ selected: unknown; image: string }> {
    const post = { prompt: 'a witness', seed: 3, steps: 4, width: 64, height: 64 };
    const reply = await fetch(`${url}/sdapi/v1/txt2img`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(post),
    });
    const { images } = (await reply.json()) as { images: string[] };
    const options = (await (await fetch(`${url}/sdapi/v1/options`)).json()) as Record<string, unknown>;
    return {
      selected: options['sd_model_checkpoint'],
      image: hashPixels(await decodeImage(Buffer.from(images[0] ?? '', 'base64'))),
    };
  }

  async function compare(
    setting: SimulatedSetting,
    onStart: (simulator: Simulator) => void = () => {},
  ): Promise<{ before: unknown; after: unknown; result: unknown }> {
    const simulator = await startFaulty(setting);
    open.push(simulator);
    const before = await look(simulator);
    onStart(simulator);
    const result: unknown = await searchOn([simulator], setting).then(
      ({ summary }) => summary,
      (error: unknown) => error,
    );
    return { before, after: await look(simulator), result };
  }

  it.each<[string, string, Partial<SimulatedSetting>]>([
    ['success', 'iterations', {}],
    ['saving the merge', 'iterations', { config: { saveBest: 'webui' } }],
    ['failures', 'failures', { faults: ['error500@8-17'], config: { retries: 0 } }],
  ])('after %s', async (_, code, setting) => {
    const { before, after, result } = await compare(setting);
    expect(result).toMatchObject({ reason: { code } });
    expect(after).toEqual(before);
  });

  it('after an abort in the middle of an image', async () => {
    const controller = new AbortController();
    const { before, after, result } = await compare({
      signal: controller.signal,
      simulator: { latencyMs: 60 },
      observers: [
        {
          name: 'finger',
          onProgress: ({ trial, step }) => {
            if (trial === 2 && step !== null) controller.abort();
          },
        },
      ],
    });
    expect(result).toMatchObject({ reason: { code: 'interrupted' }, iterations: 1, canResume: true });
    expect(after).toEqual(before);
  });

  it('after an abort during the proof, when nothing has been written', async () => {
    const folder = temporaryFolder('proof');
    const controller = new AbortController();
    const { before, after } = await compare(
      { signal: controller.signal, simulator: { latencyMs: 60 }, config: { folder } },
      (simulator) => {
        const seen = simulator.stats().images;
        const timer = setInterval(() => {
          if (simulator.stats().images < seen + 2) return;
          clearInterval(timer);
          controller.abort();
        }, 5);
      },
    );
    expect(controller.signal.aborted).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
    expect(after).toEqual(before);
  });
});

describe('observers', () => {
  it('that throw at everything do not stop the run, and are reported once', async () => {
    const broken = (): never => {
      throw new Error('out of ink');
    };
    const observer: RunObserver = {
      name: 'printer',
      onBegin: broken,
      onRecord: broken,
      onAsked: broken,
      onProgress: broken,
      onTrial: broken,
      onNotice: broken,
      onEnd: broken,
    };
    const result = await search({ observers: [observer] });
    expect(imagesOf(result)).toEqual(imagesOf(calm));
    expect(result.notices).toEqual([
      'The printer failed and is incomplete from here on (out of ink); the run continues.',
    ]);
  });
});

describe('several WebUIs', () => {
  it('share the iterations of one run', async () => {
    const simulator = { latencyMs: 10 };
    const [one, two] = [await startFaulty({ simulator }), await startFaulty({ simulator })];
    open.push(one, two);
    const result = await searchOn([one, two]);
    // The points of a random search do not depend on the scores, nor the images on who made them.
    const byTrial = (records: SimulatedResult): unknown[] =>
      (imagesOf(records) as { trial: number }[]).toSorted((a, b) => a.trial - b.trial);
    expect(byTrial(result)).toEqual(byTrial(calm));
    expect(two.stats().images).toBeGreaterThan(PROOF_IMAGES);
    expect(one.stats().images + two.stats().images).toBe(
      2 * (PROOF_IMAGES + LAST_LOOK) + ITERATIONS * IMAGES_PER_TRIAL,
    );
  });
});
