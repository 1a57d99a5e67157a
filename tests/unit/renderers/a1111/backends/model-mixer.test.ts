import { afterEach, describe, expect, it } from 'vitest';
import { assertAsAsked } from '../../../../../src/renderers/a1111/images/check-reply.ts';
import { isTransient } from '../../../../../src/renderers/http/errors.ts';
import { modelMixer } from '../../../../../src/renderers/a1111/backends/model-mixer.ts';
import type { MergeSession } from '../../../../../src/renderers/a1111/backends/backend.ts';
import { generationInfoSchema } from '../../../../../src/renderers/a1111/schemas.ts';
import { uniformWeights } from '../../../../../src/space/blocks.ts';
import { SEARCH_ORDER } from '../../../../../src/architectures/sd-lists.ts';
import type { BlockWeights } from '../../../../../src/space/blocks.ts';
import { recorded, replaying } from '../../../../helpers/replay-server.ts';
import type { ReplayServer } from '../../../../helpers/replay-server.ts';
import { makeRequest } from '../../make-request.ts';
import { closeAll, findWay, numbered, only, sessionIn, signal } from './way-session.ts';

afterEach(closeAll);

interface Argument {
  label: string;
  value: unknown;
  choices: unknown[] | null;
}

/** The recorded scripts after a change to the arguments of model-mixer. */
function scriptsWith(change: (args: Argument[]) => void): { status: number; body: unknown } {
  const scripts = recorded('get_script_info').body as { name: string; args: Argument[] }[];
  for (const { name, args } of scripts) if (name === 'model mixer') change(args);
  return { status: 200, body: scripts };
}

async function session(): Promise<{ server: ReplayServer; way: MergeSession }> {
  return sessionIn(await findWay(modelMixer, replaying('get_script_info')));
}

const argsOf = (body: unknown): unknown[] =>
  (body as { alwayson_scripts: Record<string, { args: unknown[] }> }).alwayson_scripts['model mixer']?.args ??
  [];

describe('find', () => {
  it('changes nothing', async () => {
    const { server } = await session();
    expect(server.seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('says when the extension is missing', async () => {
    const { found } = await findWay(modelMixer, { 'GET /sdapi/v1/script-info': { status: 200, body: [] } });
    expect(found).toEqual({ missing: expect.stringContaining('has no extension model-mixer') });
  });

  it.each<[string, (args: Argument[]) => void, string]>([
    [
      'two arguments change places',
      (args) => void args.splice(9, 0, ...args.splice(12, 1)),
      'number 10 is "Merge Mode for Model B" and should be "Merge B"',
    ],
    [
      'a new argument at the end',
      (args) => void args.push({ label: 'Tea', value: 1, choices: null }),
      'number 40, "Tea", is unexpected',
    ],
    ['an argument is gone', (args) => void args.pop(), 'number 39, "Calcmode for Model D", is missing'],
    [
      'the two selections change places',
      (args) => void args.splice(21, 0, ...args.splice(24, 3)),
      'number 22 ("Merge Block Weights") does not offer "ALL"',
    ],
    [
      'another number of models than groups',
      (args) => void Object.assign(args[3] ?? {}, { value: 5 }),
      'number 4 ("") does not hold the number of models, 3',
    ],
  ])('refuses a version in which %s', async (_, change, words) => {
    const { found } = await findWay(modelMixer, { 'GET /sdapi/v1/script-info': scriptsWith(change) });
    expect(found).toEqual({ missing: expect.stringContaining(words) });
  });

  it('refuses SDXL, which nobody has seen it merge', async () => {
    const { server, found } = await findWay(modelMixer, {}, { architecture: 'sdxl' });
    expect(found).toEqual({ missing: expect.stringMatching(/SD1 models.*runtime-block-merge/) });
    expect(server.seen).toEqual([]);
  });
});

describe('decorate', () => {
  it.each([
    ['mm_01_w0', uniformWeights(0, 'sd1')],
    ['mm_02_w1_base0', uniformWeights(1, 'sd1')],
    ['mm_03_w05_base0', uniformWeights(0.5, 'sd1')],
    ['mm_07_only_M00', only('M00')],
    ['mm_08_only_IN00', only('IN00')],
    ['mm_09_only_OUT11', only('OUT11')],
    ['mm_11_range', uniformWeights(1.5, 'sd1')],
  ])('is the recorded request %s', async (name, weights) => {
    const { way } = await session();
    const { alwayson_scripts: _, ...plain } = recorded(name).request.body as Record<string, unknown>;
    const decorated = way.decorate(plain, weights);
    const expected = argsOf(recorded(name).request.body);
    // As in mm_30: float16 for saved files is nobody's wish here.
    expected[5] = { save_settings: ['safetensors'] };
    expect(decorated).toEqual({ ...plain, alwayson_scripts: { 'model mixer': { args: expected } } });
  });

  it('begins with the recorded minimum', async () => {
    const { way } = await session();
    const args = argsOf(way.decorate({}, uniformWeights(1, 'sd1')));
    expect(args.slice(0, 28)).toEqual(argsOf(recorded('mm_30_minimal_28_args').request.body));
  });

  it('puts every weight in its place behind a BASE of 0', async () => {
    const { way } = await session();
    const list = String(argsOf(way.decorate({}, numbered))[27])
      .split(',')
      .map(Number);
    expect(list).toEqual([0, ...Array.from({ length: 25 }, (_, i) => (i + 1) / 100)]);
  });

  it('finds the places for another number of models', async () => {
    const scripts = scriptsWith((args) => {
      // Without the arguments of model D, from the last group to the first.
      for (let position = 38; position >= 8; position -= 3) args.splice(position, 1);
      Object.assign(args[3] ?? {}, { value: 2 });
    });
    const { way } = sessionIn(await findWay(modelMixer, { 'GET /sdapi/v1/script-info': scripts }));
    const args = argsOf(way.decorate({}, uniformWeights(1, 'sd1')));
    expect(args).toHaveLength(28);
    expect(args[3]).toBe(2);
    expect(args[8]).toBe('tinyB.safetensors [b9b623d123]');
    expect(args[16]).toEqual(['ALL']);
    expect(args[20]).toMatch(/^0(,1){25}$/);
  });

  it('writes small numbers out and refuses what is none', async () => {
    const { way } = await session();
    const tiny = { ...uniformWeights(0, 'sd1'), IN00: 1e-5, IN01: -1e-9, IN02: 0.1 + 0.2 };
    expect(argsOf(way.decorate({}, tiny))[27]).toMatch(/^0,0\.00001,0,0\.3(,0){22}$/);
    expect(() => way.decorate({}, { IN00: Number.NaN })).toThrow(/IN00 is NaN/);
  });
});

describe('the model that a reply names', () => {
  const check = (way: MergeSession, name: string, weights: BlockWeights | 'model-a', change = {}): void => {
    const model = weights === 'model-a' ? way.expectedModelA : way.expectedModel?.(weights);
    if (model === undefined) throw new Error('nothing is expected');
    const info = generationInfoSchema.parse({ ...recorded(name).derived?.info_parsed, ...change });
    assertAsAsked(makeRequest(), info, { address: 'http://gpu:7860', model, schedulers: [] });
  };

  it.each([
    ['mm_01_w0', uniformWeights(0, 'sd1')],
    ['mm_02_w1_base0', uniformWeights(1, 'sd1')],
    ['mm_03_w05_base0', uniformWeights(0.5, 'sd1')],
    ['mm_07_only_M00', only('M00')],
    ['mm_08_only_IN00', only('IN00')],
    ['mm_09_only_OUT11', only('OUT11')],
    ['mm_10_alias_names', uniformWeights(1, 'sd1')],
    ['mm_11_range', uniformWeights(1.5, 'sd1')],
    ['mm_30_minimal_28_args', uniformWeights(1, 'sd1')],
  ])('%s is as asked', async (name, weights) => {
    const { way } = await session();
    expect(() => check(way, name, weights)).not.toThrow();
    expect(way.expectedModel?.(weights).names).toEqual([
      recorded(name).derived?.info_parsed['sd_model_name'],
    ]);
  });

  it.each([
    ['failed inside: plain A', 'mm_no_save_settings_w1', uniformWeights(1, 'sd1')],
    ['the merge before stayed', 'mm_02_w1_base0', uniformWeights(0.5, 'sd1')],
    ['one block of the merge before differs', 'mm_07_only_M00', only('M00', 'OUT11')],
    ['another checkpoint', 'mm_37_plain_C', uniformWeights(1, 'sd1')],
  ])('%s: not as asked, and worth another try', async (_, name, weights) => {
    const { way } = await session();
    const failure: unknown = await Promise.resolve()
      .then(() => check(way, name, weights))
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'webui-wrong-reply', field: 'model' });
    expect(String(failure)).toMatch(/model-mixer failed/);
    expect(isTransient(failure)).toBe(true);
  });

  it('takes numbers that are printed in another way, but not other numbers or models', async () => {
    const { way } = await session();
    const third = uniformWeights(1 / 3, 'sd1');
    const named = (a: string, number: string, b: string): object => ({
      sd_model_name: `${a} x (1 - alpha_0) + ${b} x alpha_0(0.0${`,${number}`.repeat(25)})`,
    });
    const reading =
      (a: string, number: string, b = 'tinyB') =>
      (): void =>
        check(way, 'mm_02_w1_base0', third, named(a, number, b));
    for (const number of ['0.333', '0.3333333333333333', ' 3.333e-1']) {
      expect(reading('tinyA', number)).not.toThrow();
    }
    for (const number of ['0.33', '', 'x']) expect(reading('tinyA', number)).toThrow(/model-mixer failed/);
    expect(reading('tinyC', '0.333')).toThrow(/model-mixer failed/);
    expect(reading('tinyA', '0.333', 'tinyC')).toThrow(/model-mixer failed/);
  });

  it('is not believed under the hash of model A', async () => {
    const { way } = await session();
    const change = { sd_model_hash: '30d56a6809' };
    expect(() => check(way, 'mm_02_w1_base0', uniformWeights(1, 'sd1'), change)).toThrow(/30d56a6809/);
  });

  it('is plain model A under whatever hash, for the first merge makes it a wrong one', async () => {
    const { way } = await session();
    expect(recorded('mm_33_B_none').derived?.info_parsed['sd_model_hash']).toBe('8352438271');
    expect(() => check(way, 'mm_33_B_none', 'model-a')).not.toThrow();
    expect(() => check(way, 'mm_no_save_settings_w1', 'model-a')).not.toThrow();
    expect(() => check(way, 'mm_37_plain_C', 'model-a')).toThrow(
      /a different model: requested tinyA, got tinyC/,
    );
  });
});

describe('disarm', () => {
  it('selects model A under the title that it has after merges', async () => {
    let selected = (recorded('mm_02b_options').body as { sd_model_checkpoint: string }).sd_model_checkpoint;
    expect(selected).toMatch(/^tinyA x/);
    const { server, way } = await session();
    Object.assign(server.routes, replaying('mm_02c_sd_models'), {
      'GET /sdapi/v1/options': () => ({ status: 200, body: { sd_model_checkpoint: selected } }),
      'POST /sdapi/v1/options': ({ body }: { body: unknown }) => {
        selected = (body as { sd_model_checkpoint: string }).sd_model_checkpoint;
        return { status: 200, body: null };
      },
    });
    await way.disarm(signal);
    expect(server.bodies('POST /sdapi/v1/options')).toEqual([
      { sd_model_checkpoint: 'tinyA.safetensors [8352438271]' },
    ]);
  });

  it('does not take a merge that stays selected for success', async () => {
    const { server, way } = await session();
    Object.assign(server.routes, replaying('mm_02c_sd_models', 'mm_02b_options'), {
      'POST /sdapi/v1/options': { status: 200, body: null },
    });
    await expect(way.disarm(signal)).rejects.toMatchObject({ code: 'webui-model-not-loaded' });
  });
});

it('ties what follows the last number', () => {
  const { free, tied, fixed, range } = modelMixer.capabilities('sd1', {});
  expect(tied).toEqual({ OUT: 'OUT11', TIME_EMBED: 'OUT11' });
  expect([...free, ...Object.keys(tied)].toSorted()).toEqual(SEARCH_ORDER.toSorted());
  expect({ fixed, range }).toEqual({ fixed: {}, range: { low: -1, high: 2 } });
});
