import { afterEach, describe, expect, it } from 'vitest';
import { loraBlockWeight } from '../../../../../src/renderers/a1111/backends/lora-block-weight.ts';
import { LORA_BLOCK_COUNTS } from '../../../../../src/renderers/a1111/backends/backend.ts';
import type { MergeContext, MergeSession } from '../../../../../src/renderers/a1111/backends/backend.ts';
import type { ServerLora } from '../../../../../src/renderers/a1111/schemas.ts';
import { blocksOf, uniformWeights } from '../../../../../src/space/blocks.ts';
import { recorded, replaying } from '../../../../helpers/replay-server.ts';
import type { ReplayServer } from '../../../../helpers/replay-server.ts';
import { makeRequest } from '../../make-request.ts';
import { closeAll, findLoraWay, numbered, only, sessionIn, signal } from './way-session.ts';

afterEach(closeAll);

type Over = Partial<MergeContext<ServerLora>>;
const lora = (over: Partial<ServerLora>): Over => ({
  modelB: { name: 'tinylora', alias: '', path: '/webui/models/Lora/x.safetensors', metadata: {}, ...over },
});
const find = async (over: Over = {}) => findLoraWay(loraBlockWeight, replaying('get_script_info'), over);
const session = async (over: Over = {}): Promise<{ server: ReplayServer; way: MergeSession }> =>
  sessionIn(await find(over));

interface Argument {
  label: string;
  value: unknown;
}

describe('find', () => {
  it('changes nothing', async () => {
    const { server } = await session();
    expect(server.seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('says when the extension is missing', async () => {
    const { found } = await findLoraWay(loraBlockWeight, {
      'GET /sdapi/v1/script-info': { status: 200, body: [] },
    });
    expect(found).toEqual({ missing: expect.stringContaining('has no extension lora-block-weight') });
  });

  it.each<[string, (argument: Argument) => void, RegExp]>([
    ['off', (argument) => void (argument.value = false), /switched off/],
    ['elsewhere', (argument) => void (argument.label = 'Use it'), /has no switch "LoRA Block Weight"/],
  ])('says when its switch is %s', async (_, change, words) => {
    const scripts = recorded('get_script_info').body as { args: Argument[] }[];
    for (const argument of scripts.flatMap(({ args }) => args)) {
      if (argument.label === 'LoRA Block Weight') change(argument);
    }
    const { found } = await findLoraWay(loraBlockWeight, {
      'GET /sdapi/v1/script-info': { status: 200, body: scripts },
    });
    expect(found).toEqual({ missing: expect.stringMatching(words) });
  });

  it.each(['a:b', 'a<b', 'a>b', 'a,b'])('refuses the name %s, which would break the tag', async (name) => {
    const { found } = await find(lora({ name }));
    expect(found).toEqual({ missing: expect.stringContaining('which cannot be used in a prompt') });
  });

  it.each([
    ['sd1', 12],
    ['sd2', 20],
    ['sdxl', 17],
    ['sdxl', 26],
  ] as const)('refuses for %s a count of %i', async (architecture, loraBlocks) => {
    const { found } = await find({ architecture, options: { loraBlocks } });
    expect(found).toEqual({ missing: expect.stringMatching(/has (17|12) block weights, or (26|20)/) });
  });
});

describe('how many weights', () => {
  const lycoris = lora({ metadata: { ss_network_module: 'lycoris.kohya' } });
  const conv = lora({
    metadata: { ss_network_module: 'networks.lora', ss_network_args: '{"conv_dim": "4"}' },
  });
  it.each<[string, Over, number]>([
    ['the recorded LoRA', {}, 17],
    ['one without metadata', lora({}), 17],
    ['SD2', { architecture: 'sd2' }, 17],
    ['SDXL', { architecture: 'sdxl' }, 12],
    ['a LyCORIS', lycoris, 26],
    ['a LoCon', conv, 26],
    ['a LoCon whose metadata were parsed', lora({ metadata: { ss_network_args: { conv_dim: '4' } } }), 26],
    ['a LyCORIS for SDXL', { ...lycoris, architecture: 'sdxl' }, 20],
    ['what the user says', { options: { loraBlocks: 26 } }, 26],
  ])('%s', async (_, over, count) => {
    const { way } = await session(over);
    const { prompt } = way.decorate({ prompt: 'a cat' }, uniformWeights(1, over.architecture ?? 'sd1'));
    expect(String(prompt).split(',')).toHaveLength(count);
    expect(way.capabilities?.free).toHaveLength(count - 1);
  });
});

describe('decorate', () => {
  const tagIn = (text: unknown): string => /<.*>/.exec(String(text))?.[0] ?? '';

  it.each<[string, MergeContext['options'], Parameters<MergeSession['decorate']>[1]]>([
    ['lora_14_lbw_zeros17', {}, uniformWeights(0, 'sd1')],
    ['lora_19_only_M00', {}, only('M00')],
    ['lora_21_26_weights', { loraBlocks: 26 }, uniformWeights(0, 'sd1')],
  ])('has the recorded tag of %s', async (name, options, weights) => {
    const { way } = await session({ options });
    const body = recorded(name).request.body as Record<string, unknown>;
    const plain = Object.freeze({ ...body, prompt: 'a cat' });
    const tag = tagIn(body['prompt']);
    expect(tag).toMatch(/^<lora:tinylora:1:lbw=/);
    expect(way.decorate(plain, weights)).toEqual({ ...body, prompt: `a cat\n${tag}` });
  });

  it('leaves the text encoder out, which the recorded one of 17 ones has in', async () => {
    const { way } = await session();
    const { prompt } = recorded('lora_13_lbw_ones17').request.body as { prompt: string };
    expect(tagIn(way.decorate({ prompt: '' }, uniformWeights(1, 'sd1'))['prompt'])).toBe(
      tagIn(prompt).replace('lbw=1,', 'lbw=0,'),
    );
  });

  it('has the recorded length of 12 for SDXL', async () => {
    const { way } = await session({ architecture: 'sdxl' });
    const { prompt } = recorded('lora_20_12_weights').request.body as { prompt: string };
    expect(tagIn(way.decorate({ prompt: '' }, uniformWeights(0, 'sdxl'))['prompt'])).toBe(tagIn(prompt));
  });

  // IN00 0.01 … IN11 0.12, M00 0.13, OUT00 0.14 … OUT11 0.25
  it.each([
    ['sd1', 17, [0, 2, 3, 5, 6, 8, 9, 13, 17, 18, 19, 20, 21, 22, 23, 24, 25]],
    ['sd1', 26, [0, ...Array.from({ length: 25 }, (_, i) => i + 1)]],
    ['sdxl', 12, [0, 5, 6, 8, 9, 13, 14, 15, 16, 17, 18, 19]],
    ['sdxl', 20, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]],
  ] as const)('puts every weight in its place: %s, %i', async (architecture, loraBlocks, places) => {
    const { way } = await session({ architecture, options: { loraBlocks } });
    const tag = tagIn(way.decorate({ prompt: '' }, numbered)['prompt']);
    expect(tag).toBe(`<lora:tinylora:1:lbw=${places.map((place) => place / 100).join(',')}>`);
  });

  it('tags the prompt of the second pass only where there is one of its own', async () => {
    const { way } = await session();
    const two = way.decorate({ prompt: 'a cat', hr_prompt: 'a sharp cat' }, uniformWeights(1, 'sd1'));
    expect(two['hr_prompt']).toMatch(/^a sharp cat\n<lora:tinylora:1:lbw=0(,1){16}>$/);
    expect(way.decorate({ prompt: 'a cat', hr_prompt: '' }, uniformWeights(1, 'sd1'))['hr_prompt']).toBe('');
    expect(way.decorate({ prompt: 'a cat' }, uniformWeights(1, 'sd1'))).not.toHaveProperty('hr_prompt');
  });

  it('writes small numbers out and refuses what is none', async () => {
    const { way } = await session();
    const tag = tagIn(way.decorate({ prompt: '' }, { IN01: 1e-5, IN02: 0.1 + 0.2, IN04: 1e-9 })['prompt']);
    expect(tag).toMatch(/lbw=0,0\.00001,0\.3(,0){14}>$/);
    expect(() => way.decorate({}, { IN01: Number.NaN })).toThrow(/IN01 is NaN/);
  });
});

describe('a prompt that has a tag of the LoRA', () => {
  it.each(['a cat <lora:tinylora:0.5>', '<lora:tinylora:1:lbw=ALL> a cat', '<lora:Tiny>'])(
    'is refused: %s',
    async (prompt) => {
      const { way } = await session(lora({ alias: 'Tiny' }));
      const asked = { code: 'lora-in-prompt', kind: 'usage' };
      expect(() => way.decorate({ prompt }, {})).toThrow(expect.objectContaining(asked));
      expect(() => way.decorate({ prompt: 'a cat', hr_prompt: prompt }, {})).toThrow(
        expect.objectContaining(asked),
      );
      expect(() => way.warnings?.([makeRequest({ prompt })])).toThrow(expect.objectContaining(asked));
    },
  );

  it('is fine with the tags of others', async () => {
    const { way } = await session();
    const prompt = 'a cat <lora:tinylora2:1> <lora:other:1>';
    expect(way.decorate({ prompt }, {})['prompt']).toMatch(/^a cat <lora:tinylora2:1> <lora:other:1>\n</);
    expect(way.warnings?.([makeRequest({ prompt })])).toEqual([]);
  });
});

it('calls nothing before, between and after images', async () => {
  const { server, way } = await session();
  await way.disarm(signal);
  await way.arm(signal);
  await way.prepare(numbered, signal);
  expect(server.seen).toHaveLength(1);
});

it.each(LORA_BLOCK_COUNTS)('says of every block whether it moves, with %i weights', (loraBlocks) => {
  const architecture = loraBlocks === 12 || loraBlocks === 20 ? 'sdxl' : 'sd1';
  const { free, tied, fixed, range, savesCheckpoint } = loraBlockWeight.capabilities(architecture, {
    loraBlocks,
  });
  expect([...free, ...Object.keys(fixed)].toSorted()).toEqual(blocksOf(architecture).toSorted());
  expect(free).toHaveLength(loraBlocks - 1);
  expect(new Set(Object.values(fixed))).toEqual(new Set([0]));
  expect({ tied, range, savesCheckpoint }).toEqual({
    tied: {},
    range: { low: 0, high: 1 },
    savesCheckpoint: false,
  });
});
