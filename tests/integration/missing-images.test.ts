/** Whole searches in which one image fails for good: the iteration counts with its other images, on every server. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunObserver } from '../../src/observers/observer.ts';
import {
  ofKind,
  resumeOn,
  searchOn,
  startFaulty,
  useSearches,
  type SimulatedResult,
  type SimulatedSetting,
} from '../helpers/simulated-search.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const IMAGES = 6;
const ITERATIONS = 3;
const { open } = useSearches();

type Server = Pick<SimulatedSetting, 'simulator' | 'config' | 'renderer'>;

/** What the server had been asked when iteration 2 began. */
interface Before {
  readonly images: number;
  readonly views: number;
}

interface Watched extends SimulatedResult {
  readonly before: Before;
}

function payloadFile(images = IMAGES): string {
  const file = path.join(temporaryFolder(), 'hills.json');
  const settings = { steps: 4, width: 64, height: 64, cfg_scale: 6, sampler_name: 'Euler' };
  fs.writeFileSync(file, JSON.stringify({ prompt: 'green hills', seed: 7, n_iter: images, ...settings }));
  return file;
}

function views({ requests }: { readonly requests: Readonly<Record<string, number>> }): number {
  return Object.entries(requests)
    .filter(([key]) => key.includes('/view'))
    .reduce((sum, [, count]) => sum + count, 0);
}

async function search(server: Server, faults: readonly string[], config: object = {}): Promise<Watched> {
  const simulator = await startFaulty({ ...(server.simulator && { simulator: server.simulator }), faults });
  open.push(simulator);
  let before: Before = { images: 0, views: 0 };
  const witness: RunObserver = {
    name: 'witness',
    onAsked: ({ id }) => {
      const stats = simulator.stats();
      if (id === 2) before = { images: stats.images, views: views(stats) };
    },
  };
  const result = await searchOn([simulator], {
    ...server,
    config: {
      payload: [payloadFile()],
      imagesPerTrial: 'all',
      iterations: ITERATIONS,
      retries: 1,
      ...server.config,
      ...config,
    },
    observers: [witness],
  });
  return { ...result, before };
}

function modelsDir(): string {
  return temporaryFolder();
}

function forge(): Server {
  const folder = modelsDir();
  return {
    simulator: { family: 'forge', modelsDir: folder },
    renderer: { modelsDir: folder },
    config: { modelsDir: folder },
  };
}
const webui = (): Server => ({ renderer: { stallSeconds: 1.5 } });
const comfyui = (): Server => ({
  simulator: { family: 'comfyui', models: ['modelA', 'modelB', 'other'] },
  renderer: { pollSeconds: 0.05, stallSeconds: 1.5, retryDelays: [] },
});

const calm = new Map<string, Promise<Watched>>();
async function calmOn(name: string, server: () => Server): Promise<Watched> {
  const known = calm.get(name) ?? search(server(), []);
  calm.set(name, known);
  return known;
}

function pixelsOf({ records }: SimulatedResult, trial: number): Map<string, string> {
  const images = ofKind(records, 'scored').find((record) => record.trial === trial)?.images ?? [];
  return new Map(images.map(({ request, index, pixels }) => [`${request}#${index}`, pixels]));
}

/** Iteration 2 lacks one image, and everything else is as without the fault. @returns why, as a code */
function oneMissing(result: Watched, undisturbed: Watched): string | undefined {
  expect(result.summary).toMatchObject({ reason: { code: 'iterations' }, failed: 0 });
  const scored = ofKind(result.records, 'scored');
  expect(scored.map(({ missing = [] }) => missing.length)).toEqual([0, 1, 0]);
  const [missing] = scored[1]?.missing ?? [];
  for (const trial of [1, 2, 3]) {
    const expected = pixelsOf(undisturbed, trial);
    if (trial === 2) expected.delete(`${missing?.request}#${missing?.index}`);
    expect(pixelsOf(result, trial)).toEqual(expected);
  }
  const others = scored[1]?.images.map(({ score }) => score) ?? [];
  expect(scored[1]?.score).toBeCloseTo(others.reduce((sum, score) => sum + score, 0) / others.length, 12);
  const notices = result.notices.filter((notice) => notice.includes('missing'));
  expect(notices).toEqual([
    `Iteration 2: 1 of 6 images is missing (${missing?.request ?? ''}); the other 5 count. ${missing?.message ?? ''}`,
  ]);
  return missing?.code;
}

describe.each([
  ['AUTOMATIC1111', webui],
  ['Forge', forge],
] as const)('one image of six, on %s', (name, server) => {
  it.each([
    // Asked for twice: the reply was lost, cut or another's.
    ['cut', 'webui-bad-reply', 2],
    ['empty', 'webui-bad-reply', 2],
    ['rubbish', 'webui-bad-reply', 2],
    ['cut-picture', 'webui-bad-reply', 2],
    ['damaged-picture', 'webui-bad-reply', 2],
    ['no-info', 'webui-bad-reply', 2],
    ['wrong-steps', 'webui-wrong-reply', 2],
    ['wrong-cfg', 'webui-wrong-reply', 2],
    ['wrong-prompt', 'webui-wrong-reply', 2],
    ['wrong-negative', 'webui-wrong-reply', 2],
    ['error502', 'webui-server-error', 2],
    ['error504', 'webui-server-error', 2],
    ['error500', 'webui-server-error', 2],
    ['wrong-sampler', 'webui-wrong-reply', 2],
    // The same again would be no help.
    ['black', 'image-degenerate', 1],
  ])('%s: is missing, and the others count', async (fault, code, attempts) => {
    const undisturbed = await calmOn(name, server);
    const struck = undisturbed.before.images + 3;
    // The image after a damaged one is on its way before the damage is seen: the two attempts are not neighbours.
    const isLate = fault === 'cut-picture' || fault === 'damaged-picture';
    const again = isLate ? undisturbed.before.images + IMAGES + 1 : struck + attempts - 1;
    const faults = attempts === 1 ? [`${fault}@${struck}`] : [`${fault}@${struck}`, `${fault}@${again}`];
    const result = await search(server(), faults);
    expect(oneMissing(result, undisturbed)).toBe(code);
    const missing = ofKind(result.records, 'scored')[1]?.missing;
    expect(missing).toMatchObject([{ request: 'hills/2', index: 0 }]);
    const sent = (of: Watched): number => of.simulator.stats().requests['POST /sdapi/v1/txt2img'] ?? 0;
    // The look that is due after the server was set up again draws at most three.
    expect(sent(result)).toBeLessThanOrEqual(
      sent(undisturbed) + attempts - 1 + (fault === 'error500' ? 3 : 0),
    );
  });
});

describe('one image of six, on AUTOMATIC1111', () => {
  it('stall: is missing, and the others count', async () => {
    const undisturbed = await calmOn('AUTOMATIC1111', webui);
    const struck = undisturbed.before.images + 3;
    const result = await search(webui(), [`stall@${struck}-${struck + 1}`]);
    expect(oneMissing(result, undisturbed)).toBe('webui-timeout');
  });

  it('three that fail: nothing more is asked for, and the rest decides', async () => {
    const undisturbed = await calmOn('AUTOMATIC1111', webui);
    const first = undisturbed.before.images;
    const late = await search(webui(), [`black@${first + 4}-${first + 6}`]);
    expect(late.summary.failed).toBe(0);
    expect(ofKind(late.records, 'scored')[1]?.missing?.map(({ request }) => request)).toEqual([
      'hills/3',
      'hills/4',
      'hills/5',
    ]);
    const early = await search(webui(), [`error500@${first + 1}-${first + 6}`]);
    expect(ofKind(early.records, 'failed')).toMatchObject([
      { trial: 2, failure: { code: 'webui-server-error' }, images: [] },
    ]);
    expect(early.notices.filter((notice) => notice.includes('too many for a score'))).toHaveLength(1);
    expect(early.simulator.stats().requests['POST /sdapi/v1/txt2img']).toBeLessThanOrEqual(
      (undisturbed.simulator.stats().requests['POST /sdapi/v1/txt2img'] ?? 0) - IMAGES + 6 + 3,
    );
  });

  it('is read back when the run is resumed', async () => {
    const undisturbed = await calmOn('AUTOMATIC1111', webui);
    const result = await search(webui(), [`black@${undisturbed.before.images + 2}`]);
    const resumed = await resumeOn([result.simulator], result.summary.files['journal'] ?? '', {
      config: { iterations: ITERATIONS + 1 },
    });
    expect(resumed.summary).toMatchObject({ iterations: ITERATIONS + 1, failed: 0 });
    expect(ofKind(resumed.records, 'scored')[1]?.missing).toHaveLength(1);
  });
});

describe('one image of six, on ComfyUI', () => {
  it.each([
    ['error500', 'webui-server-error', 2],
    ['stall', 'webui-timeout', 2],
    ['black', 'image-degenerate', 1],
  ])('%s: is missing, and the others are not drawn again', async (fault, code, attempts) => {
    const undisturbed = await calmOn('ComfyUI', comfyui);
    const struck = undisturbed.before.images + 3;
    const result = await search(comfyui(), [`${fault}@${struck}-${struck + attempts - 1}`]);
    expect(oneMissing(result, undisturbed)).toBe(code);
    expect(result.simulator.stats().images).toBeLessThanOrEqual(
      undisturbed.simulator.stats().images + attempts - 1 + 3,
    );
  });

  it.each(['cut', 'empty', 'rubbish', 'cut-picture', 'damaged-picture', 'error502'])(
    '%s on its way: is missing, and the others are not drawn again',
    async (fault) => {
      const undisturbed = await calmOn('ComfyUI', comfyui);
      const counted = fault === 'rubbish' ? 'images' : 'views';
      const struck = undisturbed.before[counted] + 3;
      const result = await search(comfyui(), [`${fault}@${struck}-${struck + 3}`], { retries: 0 });
      expect(oneMissing(result, undisturbed)).toBe(
        fault === 'error502' ? 'webui-server-error' : 'webui-bad-reply',
      );
    },
  );

  it('wanted images of a trial are one prompt, and more than sixteen are two', async () => {
    const prompts = ({ simulator }: Watched): number => simulator.stats().requests['POST /prompt'] ?? 0;
    const six = await calmOn('ComfyUI', comfyui);
    const twenty = await search(comfyui(), [], { payload: [payloadFile(20)] });
    expect(ofKind(twenty.records, 'scored').map(({ images }) => images.length)).toEqual([20, 20, 20]);
    expect(prompts(twenty)).toBe(prompts(six) + ITERATIONS);
  });
});
