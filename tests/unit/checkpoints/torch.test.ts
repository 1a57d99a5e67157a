import path from 'node:path';
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { mergeCheckpoints } from '../../../src/checkpoints/merge.ts';
import type { OutputType } from '../../../src/checkpoints/plan.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { FIXTURES, temporaryFolder } from './make-checkpoint.ts';
import { digestOf, reference } from './reference.ts';

const fixture = (name: string): string => path.join(FIXTURES, `${name}.safetensors`);

describe.each(['weighted-sum', 'add-difference', 'slerp'] as const)('%s equals PyTorch', (method) => {
  const folder = temporaryFolder();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // Six types on either side, every output type, weights 0, 1, 0.5, 0.3, -1, 2; NaN, infinities, subnormals, unaligned tensors
  // and unequal layouts are in the files.
  it.each(pairs(method))('%s with %s', async (x, y, cases) => {
    const found: Record<string, string> = {};
    for (const { key, dtype, weight } of cases) {
      const output = path.join(folder, 'o.safetensors');
      await mergeCheckpoints(
        {
          modelA: fixture(`a-${x}`),
          modelB: fixture(`b-${y}`),
          ...(method === 'add-difference' ? { modelC: fixture(`b-${x}`) } : {}),
          output,
          weights: uniformWeights(weight, 'sd1'),
          method,
          dtype,
          force: true,
          hashes: false,
          allowNonFinite: true,
        },
        { workers: 0 },
      );
      found[key] = digestOf(output);
    }
    expect(found).toEqual(Object.fromEntries(cases.map(({ key }) => [key, reference[method][key]])));
  });
});

interface Case {
  readonly key: string;
  readonly dtype: OutputType;
  readonly weight: number;
}

function pairs(method: 'weighted-sum' | 'add-difference' | 'slerp'): [string, string, Case[]][] {
  const byPair = new Map<string, [string, string, Case[]]>();
  for (const key of Object.keys(reference[method])) {
    const [x = '', y = '', output = '', weight = ''] = key.split(' ');
    const pair = byPair.get(`${x} ${y}`) ?? [x, y, []];
    byPair.set(`${x} ${y}`, pair);
    pair[2].push({ key, dtype: output === 'keep' ? 'keep' : asType(output), weight: Number(weight) });
  }
  return [...byPair.values()];
}

function asType(text: string): OutputType {
  if (text === 'fp16' || text === 'bf16' || text === 'fp32') return text;
  throw new Error(`unknown output ${text}`);
}
