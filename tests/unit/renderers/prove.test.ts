import { describe, expect, it } from 'vitest';
import { proveMerge } from '../../../src/renderers/prove.ts';
import type { Proof } from '../../../src/renderers/proof.ts';
import type { Capabilities, RenderJob, Renderer } from '../../../src/renderers/renderer.ts';
import { blocksOf } from '../../../src/space/blocks.ts';
import type { Architecture, BlockName, BlockWeights } from '../../../src/space/blocks.ts';
import { makeRequest } from './make-request.ts';

interface Server {
  readonly parameters?: Capabilities['parameters'];
  /** What an image of these weights shows; `calls` counts the images before it. */
  see(weights: RenderJob['weights'], calls: number): string;
  rearm?(): void;
}

/** A renderer whose images are texts. */
function rendererOf(server: Server, architecture: Architecture): Renderer {
  let calls = 0;
  return {
    name: 'a test server',
    capabilities: {
      free: blocksOf(architecture),
      tied: {},
      fixed: {},
      range: { low: 0, high: 1 },
      mergesTextEncoder: false,
      savesCheckpoint: false,
      ...(server.parameters !== undefined && { parameters: server.parameters }),
    },
    epoch: 1,
    open: () => Promise.reject(new Error('not part of a proof')),
    async *render({ weights, requests }) {
      for (const request of requests) {
        const bytes = new TextEncoder().encode(server.see(weights, calls++));
        const reported = {
          seed: 1,
          modelName: null,
          modelHash: null,
          samplerName: null,
          width: null,
          height: null,
          infotext: null,
        };
        yield { request, index: 0, bytes, reported, seconds: 0 };
      }
    },
    rearm: async () => server.rearm?.(),
    close: async () => [],
  };
}

const prove = (
  server: Server,
  architecture: Architecture = 'sd1',
  earlier: readonly Proof[] = [],
): Promise<Proof> =>
  proveMerge({
    earlier,
    renderer: rendererOf(server, architecture),
    request: makeRequest(),
    hash: async (bytes) => new TextDecoder().decode(bytes),
    architecture,
    signal: new AbortController().signal,
  });

/** Weights of blocks that the UNet has, so that equal merges look equal. */
function paint(weights: RenderJob['weights'], blocks: readonly BlockName[] = blocksOf('sd1')): string {
  if (weights === 'model-a') return paint({}, blocks);
  return blocks.map((name) => weights[name] ?? 0).join(' ');
}

describe('proveMerge', () => {
  it('holds the hashes and survives the journal', async () => {
    const proof = await prove({ see: (weights) => paint(weights) });
    expect(proof).toMatchObject({ architecture: 'sd1', request: 'cats/0', rearmed: false });
    expect(proof.zero).toBe(proof.modelA);
    expect(new Set([proof.zero, proof.spread, proof.one, proof.deepest]).size).toBe(4);
    expect(JSON.parse(JSON.stringify(proof))).toEqual(proof);
  });

  it('takes two images where the server gives those of an earlier proof, and no more than usual where it does not', async () => {
    let calls = 0;
    const see: Server['see'] = (weights) => {
      calls++;
      return paint(weights);
    };
    const before = await prove({ see });
    expect(calls).toBe(5);
    calls = 0;
    expect(await prove({ see }, 'sd1', [{ ...before, one: 'of before', rearmed: true }])).toEqual({
      ...before,
      one: 'of before',
    });
    expect(calls).toBe(2);
    for (const other of [{ modelA: 'x' }, { spread: 'x' }, { architecture: 'sdxl' }, { request: 'dogs/0' }]) {
      calls = 0;
      expect(await prove({ see }, 'sd1', [{ ...before, one: 'of before', ...other }])).toEqual(before);
      expect(calls).toBe(5);
    }
    await expect(prove({ see: () => 'always the same' }, 'sd1', [before])).rejects.toThrow(
      /model B is not in use/,
    );
  });

  it('looks at the deepest blocks alone, except on SDXL', async () => {
    const seen: BlockWeights[] = [];
    const see = (weights: RenderJob['weights']): string => {
      if (weights !== 'model-a') seen.push(weights);
      return paint(weights);
    };
    await prove({ see });
    const ones = Object.entries(seen.at(-1) ?? {}).filter(([, weight]) => weight === 1);
    expect(ones.map(([name]) => name)).toEqual(['IN09', 'IN10', 'IN11', 'OUT09', 'OUT10', 'OUT11']);
    expect(Object.keys(seen.at(-1) ?? {})).toHaveLength(27);
    await expect(prove({ see }, 'sdxl')).resolves.toMatchObject({ deepest: null });
  });

  it('shows each parameter that changes model A by itself', async () => {
    const parameters = ['lora:detail', 'lora:style'].map((name) => ({
      name,
      low: -4,
      high: 4,
      neutral: 0,
      full: 1,
    }));
    const strengths = (weights: RenderJob['weights'], names: readonly string[]): string =>
      names.map((name) => (weights === 'model-a' ? 0 : (weights[name] ?? 0))).join();
    const names = parameters.map(({ name }) => name);
    const see: Server['see'] = (weights) => `${paint(weights)} ${strengths(weights, names)}`;
    const proof = await prove({ see, parameters });
    expect(Object.keys(proof.parameters ?? {})).toEqual(names);
    const deaf: Server['see'] = (weights) => `${paint(weights)} ${strengths(weights, ['lora:detail'])}`;
    await expect(prove({ see: deaf, parameters })).rejects.toThrow(
      /lora:style has no effect on an image: check in the console of the server that the LoRA is loaded/,
    );
  });

  it('tells a part that is all there is of a LoRA from a server that sees no parts', async () => {
    const names = ['lora:detail', 'lora:detail@IN*'];
    const parameters = names.map((name) => ({ name, low: -4, high: 4, neutral: 0, full: 1 }));
    const most = (weights: RenderJob['weights']): number =>
      weights === 'model-a' ? 0 : Math.max(...names.map((name) => weights[name] ?? 0));
    const onlyThere = await prove({ see: (weights) => `${paint(weights)} ${most(weights)}`, parameters });
    expect(onlyThere.halves).toEqual({ 'lora:detail': `${paint({})} 0.5` });
    await expect(
      prove({ see: (weights) => `${paint(weights)} ${Math.ceil(most(weights))}`, parameters }),
    ).rejects.toThrow(/half of lora:detail gives the same image as all of it.*update the extension/);
    await expect(
      prove({
        see: (weights) => `${paint(weights)} ${weights === 'model-a' ? 0 : (weights['lora:detail'] ?? 0)}`,
        parameters,
      }),
    ).rejects.toThrow('lora:detail@IN* has no effect on an image: lora:detail probably has no tensors for');
  });

  it.each<[string, Server['see'], RegExp, object?]>([
    ['B is not in use', () => 'A', /weight 1 gives the image of model A.*restart the WebUI/],
    [
      'leftover weights',
      (weights) => (weights === 'model-a' ? 'C' : paint(weights)),
      /weight 0 does not give the image of model A/,
    ],
    [
      'an unsteady server',
      (weights, calls) => `${paint(weights)} ${calls}`,
      /does not reproduce its own images/,
    ],
    [
      'weights that are not used',
      (weights) => (weights === 'model-a' || weights.IN00 === 0 ? 'A' : 'B'),
      /weights between 0 and 1 give the image of weight 0 or 1/,
    ],
    [
      'an SDXL model',
      (weights) => paint(weights, blocksOf('sdxl')),
      /--architecture sdxl/,
      { code: 'checkpoint-architecture', kind: 'usage' },
    ],
  ])('%s', async (_, see, message, refusal = { code: 'merge-not-proved', kind: 'run' }) => {
    let rearms = 0;
    const failure = prove({
      see,
      rearm: () => {
        rearms += 1;
      },
    });
    await expect(failure).rejects.toMatchObject(refusal);
    await expect(failure).rejects.toThrow(message);
    expect(rearms).toBe(1);
  });

  it('an SDXL model passes as one', async () => {
    await expect(
      prove({ see: (weights) => paint(weights, blocksOf('sdxl')) }, 'sdxl'),
    ).resolves.toMatchObject({ rearmed: false });
  });

  it('accepts what a new start of the merge cures', async () => {
    let armed = false;
    await expect(
      prove({
        see: (weights) => (armed ? paint(weights) : 'A'),
        rearm: () => {
          armed = true;
        },
      }),
    ).resolves.toMatchObject({ rearmed: true });
  });
});
