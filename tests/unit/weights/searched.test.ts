/** What a search found beside block weights, in the formats of other tools. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BlockWeights } from '../../../src/architectures/architecture.ts';
import { uniformWeights } from '../../../src/space/blocks.ts';
import { methodValue } from '../../../src/checkpoints/searched-merge.ts';
import { formatWeights } from '../../../src/weights/format.ts';
import { readMechaText } from '../../../src/weights/mecha/read.ts';
import { readWeights } from '../../../src/weights/read.ts';
import type { FoundWeights } from '../../../src/weights/weights-source.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const folder = temporaryFolder('searched');
const blocks = { ...uniformWeights(0, 'sd1'), IN10: 0.3, OUT05: 1 };

function found(parameters: BlockWeights): FoundWeights {
  return {
    weights: { ...blocks, ...parameters },
    origin: 'a test',
    models: { a: 'A.safetensors', b: 'B.safetensors', c: 'C.safetensors' },
    sha256: {},
  };
}

const method = (name: string): BlockWeights => ({ 'merge:method': methodValue(name) });

describe('an sd-mecha recipe of what a search found', () => {
  it('adds the difference where the search did', () => {
    const { text, warnings } = formatWeights(found(method('add-difference')), 'mecha');
    expect(warnings).toEqual([]);
    expect(readMechaText(text, 'x.mecha')).toMatchObject({
      method: 'add-difference',
      models: found({}).models,
      weights: { IN10: 0.3, OUT05: 1 },
    });
  });

  it('begins with model B where that is the base', () => {
    const swapped = found({ ...method('weighted-sum'), 'merge:order': 1, 'ties:k': 0.2 });
    const { models } = readMechaText(formatWeights(swapped, 'mecha').text, 'x.mecha');
    expect(models).toEqual({ a: 'B.safetensors', b: 'A.safetensors' });
  });

  it.each([
    [method('slerp'), 'the method slerp'],
    [{ 'lora:ink': 0.5, 'lora:detail': 0 }, 'not lora:ink (0.5):'],
    [{ 'adjust:contrast': 3 }, 'not adjust:contrast (3):'],
  ])('is not written of %o', (parameters, words) => {
    expect(() => formatWeights(found(parameters), 'mecha')).toThrow(words);
  });
});

it('a list says which method and parameters it cannot hold', () => {
  const { warnings } = formatWeights(found({ ...method('ties'), 'ties:k': 0.2, 'dare:p': 0.4 }), 'list');
  expect(warnings).toContain('list cannot store ties:k (0.2): only --to json, csv and journal keep it.');
  expect(warnings.join(' ')).toContain('the method ties');
  expect(warnings.join(' ')).not.toContain('dare:p');
});

it('JSON keeps every parameter and can be read again', async () => {
  const before = found({ ...method('multi-sum'), 'multi-sum:c@IN04': 0.7, 'lora:ink@OUT*': 0.2 });
  const file = path.join(folder, 'a.json');
  writeFileSync(file, formatWeights(before, 'json').text);
  expect((await readWeights(file, { folder })).weights).toEqual(before.weights);
});
