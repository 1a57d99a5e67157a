/** Whole searches against a WebUI whose replies are lost, cut, damaged, old or another's: nothing is lost, nothing is wrong. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/index.ts';
import {
  LAST_LOOK,
  ofKind,
  imageNumber,
  IMAGES_PER_TRIAL,
  PROOF_IMAGES,
  resumeOn,
  searchOn,
  searchSimulated,
  startFaulty,
  useSearches,
  type SimulatedResult,
} from '../helpers/simulated-search.ts';

const config = { iterations: 5 };
const { open, search } = useSearches(config);
const CALM_IMAGES = PROOF_IMAGES + config.iterations * IMAGES_PER_TRIAL + LAST_LOOK;
let calm: SimulatedResult;

beforeAll(async () => {
  calm = await searchSimulated({ config });
  await calm.simulator.close();
});

function drawn({ simulator }: SimulatedResult): number {
  return simulator.stats().images;
}

function sent({ simulator }: SimulatedResult): number {
  return simulator.stats().requests['POST /sdapi/v1/txt2img'] ?? 0;
}

const second = imageNumber(3, 2);
/** All jobs begin in the same second, as they do on a quick machine: an old reply then has the time of the right one. */
const simulator = { now: () => new Date(0) };

describe('one spoilt reply', () => {
  it.each([
    ['cut', /a reply that breaks off after \d+ bytes/],
    ['empty', /an empty reply/],
    ['rubbish', /<html>/],
    ['drop', /broke during/],
    ['cut-picture', /damaged image for "hills\/1": it ends in the middle/],
    ['damaged-picture', /damaged image for "hills\/1": its part/],
    ['no-info', /info: /],
    ['wrong-steps', /a different number of steps: requested 4, got 3/],
    ['wrong-prompt', /a different prompt: /],
    ['wrong-negative', /a different negative prompt: /],
    ['error401', /requires a login.*--webui-auth/],
    ['error404', /has no \/sdapi\/v1\/txt2img/],
    ['error408', /status 408/],
    ['error429', /status 429/],
    ['retry-after', /in 1 s/],
    ['retry-date', /in [12] s/],
    ['error502', /status 502/],
    ['error503', /status 503/],
    ['error504', /status 504/],
    ['redirect', /to http:\/\/127\.0\.0\.1:\d+\/login;/],
    ['endless', /more than \d+ MB/],
  ])('%s: the image is asked for again, once, and nothing else is', async (fault, notice) => {
    const result = await search({ faults: [`${fault}@${second}`] });
    expect(result.csv).toBe(calm.csv);
    expect(ofKind(result.records, 'failed')).toEqual([]);
    expect(result.notices).toHaveLength(1);
    expect(result.notices[0]).toMatch(/^Iteration 3: .* Asking for the image again in \d+ s\.$/);
    expect(result.notices[0]).toMatch(notice);
    expect(sent(result)).toBe(CALM_IMAGES + 1);
  });

  it('is no loss for the proof and the last look either', async () => {
    const result = await search({ faults: ['cut@2', `damaged-picture@${CALM_IMAGES + 1}`] });
    expect(result.csv).toBe(calm.csv);
    expect(sent(result)).toBe(CALM_IMAGES + 2);
  });

  it('is known as old by its pixels, drawn again, and the true one scored', async () => {
    const result = await search({ simulator, faults: [`old-picture@${imageNumber(3, 1)}`] });
    expect(result.csv).toBe(calm.csv);
    expect(ofKind(result.records, 'doubted')).toEqual([]);
    expect(result.notices[0]).toMatch(
      /^Iteration 3: the image hills\/0 is identical to hills\/0 of iteration 1, which has other weights; setting up the merge and drawing the image again/,
    );
  });

  it('a row of old ones is waited out', async () => {
    const from = imageNumber(3, 1);
    const result = await search({ simulator, faults: [`old-picture@${from}-${from + 3}`] });
    expect(result.csv).toBe(calm.csv);
    expect(result.summary.reason.code).toBe('iterations');
  });
});

describe('several in a row', () => {
  it('cost no more than --retries allows, and the images before them are kept', async () => {
    const result = await search({ faults: [`cut@${second}-${second + 1}`] });
    expect(result.csv).toBe(calm.csv);
    expect(sent(result)).toBe(CALM_IMAGES + 2);
    const none = await search({ faults: [`cut@${second}`], config: { retries: 0 } });
    expect(ofKind(none.records, 'failed')).toEqual([]);
    expect(ofKind(none.records, 'scored')[2]).toMatchObject({
      trial: 3,
      missing: [{ request: 'hills/1', index: 0, code: 'webui-bad-reply' }],
    });
    expect(sent(none)).toBe(CALM_IMAGES);
  });

  it.each([
    // Each image three times in the first iteration, and once in each of the others.
    ['cut', 2 * (3 + 4)],
    // A connection that broke says nothing of the one image: the iteration ends with it.
    ['drop', 3 + 4],
    // The next image is on its way before the damage is seen, and the second is asked for alone when the first is given up.
    ['damaged-picture', 2 * 3 + 1 + 4 * (2 + 1)],
  ])('always (%s): the run ends after a handful', async (fault, images) => {
    const faults = [`${fault}@${imageNumber(2, 1)}+`];
    const result = await search({ faults, config: { iterations: 9 } });
    expect(result.summary).toMatchObject({ reason: { code: 'failures' }, iterations: 6, canResume: true });
    expect(result.summary.reason.message).toMatch(/lost 7 times in a row/);
    expect(sent(result)).toBe(PROOF_IMAGES + IMAGES_PER_TRIAL + images);
  });

  it('a server that is busy for long is waited for as long as it asks, within --reconnect', async () => {
    const result = await search({ faults: [`retry-after@${second}-${second + 9}`] });
    expect(result.csv).toBe(calm.csv);
    expect(drawn(result)).toBe(CALM_IMAGES);
    const impatient = await search({ faults: [`error429@${second}+`], config: { reconnect: 2 } });
    expect(impatient.summary).toMatchObject({ reason: { code: 'error' }, canResume: true, iterations: 2 });
    expect(impatient.summary.reason.message).toMatch(/status 429.*--reconnect/);
  });
});

describe('what will not pass ends the run at once, and it can be resumed', () => {
  it.each([
    ['error401', /requires a login.*--webui-auth user:password/],
    ['error403', /requires a login.*--webui-auth user:password/],
    ['error404', /has no \/sdapi\/v1\/txt2img; the WebUI is still starting, runs without --api/],
    ['redirect', /redirects .* log in to the proxy in front/],
  ])('%s', async (fault, message) => {
    const result = await search({ faults: [`${fault}@${second}+`] });
    expect(result.summary).toMatchObject({
      reason: { code: 'error' },
      iterations: 2,
      failed: 0,
      canResume: true,
    });
    expect(result.summary.reason.message).toMatch(message);
    expect(sent(result)).toBe(second + 1);

    const mended = await startFaulty({});
    open.push(mended);
    const resumed = await resumeOn([mended], result.summary.files['journal'] ?? '');
    expect(resumed.csv).toBe(calm.csv);
  });

  it('a server that ignores the seed', async () => {
    const result = await search({ faults: [`no-seed@${imageNumber(1, 1)}+`] });
    expect(result.summary).toMatchObject({ reason: { code: 'pictures-unchanged' }, iterations: 0 });
    expect(result.summary.reason.message).toMatch(/seed 7 \(hills\/0\) and seed 8 .*ignores the seed/);
    // Both images, and the second one again.
    expect(sent(result)).toBe(PROOF_IMAGES + 3);
  });

  it('old images for ever', async () => {
    const faults = [`old-picture@${2 * IMAGES_PER_TRIAL + 1}+`];
    const result = await search({ faults, config: { check: false } });
    expect(result.summary).toMatchObject({ reason: { code: 'pictures-unchanged' }, canResume: true });
    expect(result.summary.reason.message).toMatch(/other weights change nothing.*iteration 1 is unreliable/);
    expect(ofKind(result.records, 'doubted')[0]?.trials).toEqual([1]);
    expect(ofKind(result.records, 'scored').map(({ trial }) => trial)).toEqual([1, 2]);
  });
});

describe('a server that comes up again', () => {
  it('and answers 404 whatever it is asked is waited for', async () => {
    const result = await search({ faults: [`restart-404@${second}`] });
    expect(result.csv).toBe(calm.csv);
    expect(ofKind(result.records, 'failed')).toEqual([]);
    // Whoever asks late meets only the 404.
    expect(result.notices.join('\n')).toMatch(/(is not answering; waiting|The run waits up to).*\n.*is back/);
  });

  it('is merged and proved anew, although only a reply was lost', async () => {
    const simulator = await startFaulty({ faults: [`cut@${second}`] });
    open.push(simulator);
    const result = await searchOn([simulator], {
      config,
      observers: [
        {
          name: 'puller',
          onNotice: () => undefined,
          onProgress: ({ trial, done }) => void (trial === 3 && done === 1 && restartOnce(simulator)),
        },
      ],
    });
    expect(result.csv).toBe(calm.csv);
  });
});

const restarted = new WeakSet<Simulator>();
function restartOnce(simulator: Simulator): void {
  if (restarted.has(simulator)) return;
  restarted.add(simulator);
  simulator.restart();
}
