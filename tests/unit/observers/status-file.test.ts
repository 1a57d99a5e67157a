import path from 'node:path';
import { expect, it } from 'vitest';
import type { TrialImage } from '../../../src/observers/observer.ts';
import { readStatus } from '../../../src/observers/run-status.ts';
import { createStatusFile } from '../../../src/observers/status-file.ts';
import { RunNow } from '../../../src/page/run-now.ts';
import { pageState } from '../../../src/page/model.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const ADDRESS = 'http://127.0.0.1:7860';
const LANE = { lane: `the WebUI at ${ADDRESS}`, address: ADDRESS };

function drawn(trial: number, index: number): TrialImage {
  const image = {
    request: 'p/0',
    index,
    payload: 'p',
    seed: 1 + index,
    pixels: 'ab'.repeat(32),
    score: null,
  };
  return { trial, had: 0, total: 2, image };
}

it('says that a server waits for scores once the last image of an iteration is drawn', async () => {
  const file = path.join(temporaryFolder('status'), 'O.status.json');
  const status = createStatusFile(file);
  const said = async () => (await readStatus(file))?.servers[0];
  status.onServer?.({ ...LANE, state: 'drawing', sentence: 'It draws the images of iteration 5.' });
  status.onProgress?.({ lane: LANE.lane, trial: 5, done: 1, total: 2, step: null, steps: null });
  status.onImage?.(drawn(5, 0));
  await expect.poll(async () => (await said())?.state).toBe('drawing');
  status.onImage?.(drawn(5, 1));
  await expect.poll(said, { timeout: 5000 }).toMatchObject({
    state: 'idle',
    sentence: 'The images of iteration 5 are drawn and waiting for their scores.',
    work: null,
  });
  // What the run itself told last is over, too.
  const now = new RunNow({ status: file, images: path.join(path.dirname(file), 'O.images') });
  now.tell({ trial: 5, done: 1, total: 2, step: 8, steps: 8 });
  await now.look(true);
  const { summary } = pageState([], { name: 'O', isAlive: true, notices: [], progress: null });
  expect(now.into(summary, { finished: new Map(), names: undefined }).progress).toBeNull();
  await status.onEnd?.({
    reason: { code: 'iterations', message: 'done' },
    best: undefined,
    weights: undefined,
  });
});

it('says of a server that is away no more than that, whoever draws its images', async () => {
  const file = path.join(temporaryFolder('status'), 'O.status.json');
  const status = createStatusFile(file);
  status.onServer?.({ ...LANE, state: 'drawing', sentence: 'It draws the images of iteration 5.' });
  status.onProgress?.({ lane: LANE.lane, trial: 5, done: 1, total: 2, step: null, steps: null });
  status.onServer?.({ ...LANE, state: 'down', sentence: 'It is not answering.' });
  for (const index of [0, 1]) status.onImage?.(drawn(5, index));
  status.onServer?.({ lane: 'other', address: null, state: 'idle', sentence: 'Waiting for work.' });
  const said = async () => (await readStatus(file))?.servers.map(({ name, sentence }) => [name, sentence]);
  await expect.poll(said, { timeout: 5000 }).toEqual([
    [LANE.lane, 'It is not answering.'],
    ['other', 'Waiting for work.'],
  ]);
  status.onServerGone?.(LANE.lane);
  await expect.poll(said, { timeout: 5000 }).toEqual([['other', 'Waiting for work.']]);
  await status.onEnd?.({
    reason: { code: 'iterations', message: 'done' },
    best: undefined,
    weights: undefined,
  });
});
