import { afterEach, expect, it } from 'vitest';
import { describePlan } from '../../../src/cli/commands/runs/describe-plan.ts';
import { parseSearchConfig } from '../../../src/config/load.ts';
import { lookAtDevice } from '../../../src/renderers/index.ts';
import type { ServerDevice } from '../../../src/renderers/index.ts';
import { planSearch } from '../../../src/run/plan-search.ts';
import { closedUrl, startReplayServer } from '../../helpers/replay-server.ts';
import type { ReplayServer, Routes } from '../../helpers/replay-server.ts';
import { makeWorkFolder } from '../../helpers/work-folder.ts';

const { signal } = new AbortController();
let server: ReplayServer | undefined;
afterEach(async () => server?.close());

async function found(routes: Routes): Promise<ServerDevice | undefined> {
  server = await startReplayServer(routes);
  return lookAtDevice({ url: server.url, auth: undefined }, signal);
}

const stats = (devices: unknown): Routes => ({
  'GET /system_stats': { status: 200, body: { system: { comfyui_version: '0.27.0' }, devices } },
});

it('the device of a ComfyUI is the first that it names', async () => {
  const card = { name: 'cuda:0 NVIDIA RTX A5000 : cudaMallocAsync', type: 'cuda', index: 0, vram_free: 1 };
  expect(await found(stats([card, { name: 'cpu', type: 'cpu' }]))).toEqual({ name: card.name, type: 'cuda' });
  expect(await found(stats([{ name: 'mps', type: 'mps' }]))).toEqual({ name: 'mps', type: 'mps' });
  for (const devices of [[], null, [7], undefined]) expect(await found(stats(devices))).toBeUndefined();
});

it('an AUTOMATIC1111 says only whether it has CUDA', async () => {
  const memory = (cuda: unknown): Routes => ({
    'GET /sdapi/v1/memory': { status: 200, body: { ram: {}, cuda } },
  });
  expect(await found(memory({ error: 'unavailable' }))).toEqual({ name: '', type: 'other' });
  expect(await found(memory({ system: { free: 1 } }))).toEqual({ name: '', type: 'cuda' });
});

it('whatever else answers, or nothing, tells nothing', async () => {
  expect(await found({})).toBeUndefined();
  expect(await found({ 'GET /system_stats': { raw: '<html>' } })).toBeUndefined();
  expect(await found({ 'GET /system_stats': { status: 401, body: {} } })).toBeUndefined();
  expect(await lookAtDevice({ url: await closedUrl(), auth: undefined }, signal)).toBeUndefined();
  expect(await found({ 'GET /system_stats': 'stall' })).toBeUndefined();
});

it('the guess in a plan says which card it is for, and what the server has', async () => {
  const folder = makeWorkFolder();
  const plan = await planSearch(
    parseSearchConfig({
      payload: [`${folder.path}/hills.json`],
      modelA: 'a',
      modelB: 'b',
      output: 'o',
      folder: folder.path,
    }),
  );
  const time = (device?: ServerDevice): string => /^Time +(.*)$/m.exec(describePlan(plan, device))?.[1] ?? '';
  expect(time()).toMatch(/ in all: an estimate for an RTX 3090, measured once it runs$/);
  expect(time({ name: '', type: 'cuda' })).toBe(time());
  expect(time({ name: 'cuda:0 NVIDIA GeForce RTX 3090 Ti : native', type: 'cuda' })).toBe(time());
  expect(time({ name: 'cuda:1 NVIDIA RTX A5000 : cudaMallocAsync', type: 'cuda' })).toMatch(
    /RTX 3090 \(this server has "NVIDIA RTX A5000"\), measured once it runs$/,
  );
  expect(time({ name: 'mps', type: 'mps' })).toContain('but this server runs on "mps"');
  expect(time({ name: '', type: 'other' })).toContain('but this server has no CUDA graphics card');
  const cpu = time({ name: 'cpu', type: 'cpu' });
  expect(cpu).toMatch(/^unknown: /);
  expect(cpu).not.toMatch(/RTX|about/);
});

it.each([
  [{}, / an iteration, [\d. hmins]+ in all: a guess/],
  [{ budgetImages: 24 }, / an iteration, [\d. hmins]+ in all \(limit of 24 images: a guess/],
  [{ minutes: 1 }, / an iteration, 1 min 0 s in all \(limit of 1 minute: a guess/],
  // The others end it earlier.
  [{ budgetImages: 2000, minutes: 9000, iterations: 2 }, / an iteration, [\d. hmins]+ in all: a guess/],
])('the guess in a plan ends at the first limit: %j', async (limits, expected) => {
  const folder = makeWorkFolder();
  folder.write('many.json', { prompt: 'hills', steps: 20, width: 512, height: 512, n_iter: 12 });
  const config = {
    payload: [`${folder.path}/many.json`],
    modelA: 'a',
    modelB: 'b',
    output: 'o',
    folder: folder.path,
  };
  const plan = await planSearch(parseSearchConfig({ ...config, ...limits }));
  expect(describePlan(plan)).toMatch(expected);
});
