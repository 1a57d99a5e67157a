/** Other people at the same WebUI: what they do to a merge in its memory is noticed, and no wrong score is recorded. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Simulator } from '../../src/simulator/index.ts';
import {
  ITERATIONS,
  ofKind,
  pictureNumber,
  resumeOn,
  searchOn,
  searchSimulated,
  startFaulty,
} from '../helpers/simulated-search.ts';
import type { SimulatedResult, SimulatedSetting } from '../helpers/simulated-search.ts';

const open: Simulator[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** Few blocks change from one iteration to the next, so that what a stranger has spoilt stays spoilt. */
const CONFIG = { optimizer: 'hill-climbing', intervals: 4 };

async function search(setting: SimulatedSetting): Promise<SimulatedResult> {
  const result = await searchSimulated({ ...setting, config: { ...CONFIG, ...setting.config } });
  open.push(result.simulator);
  return result;
}

const withWay = (backend: string, extensions = [backend]): SimulatedSetting => ({
  simulator: { extensions },
  config: { backend, ...CONFIG },
  renderer: { backend },
});

/** Pixels by weights: what an iteration of these weights must look like, whoever was there. */
function looksOf({ records }: SimulatedResult): Map<string, string> {
  const weights = new Map(ofKind(records, 'asked').map((asked) => [asked.trial, asked.weights]));
  return new Map(
    ofKind(records, 'scored').flatMap(({ trial, images }) =>
      images.map(({ request, index, pixels }): [string, string] => [
        JSON.stringify([weights.get(trial), request, index]),
        pixels,
      ]),
    ),
  );
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
    ['runtime-block-merge', pictureNumber(3, 1)],
    ['runtime-block-merge', pictureNumber(3, 2)],
    ['bayesian-merger', pictureNumber(3, 2)],
    ['model-mixer', pictureNumber(3, 1)],
  ])('%s, before picture %i: every score is that of an undisturbed run', async (backend, at) => {
    const calm = await search(withWay(backend));
    const shared = await search({ ...withWay(backend), faults: [`foreign-job@${at}`] });
    expect(shared.summary).toMatchObject({ reason: { code: 'iterations' }, failed: 0 });
    expect(shared.csv).toBe(calm.csv);
    expect(looksOf(shared)).toEqual(looksOf(calm));
    if (backend === 'model-mixer') return;
    expect(shared.notices.join('\n')).toMatch(/Somebody else's job ran on the WebUI/);
  });
});
