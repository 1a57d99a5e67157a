/** The family of the models, out of their files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { planChain } from '../../../src/config/chain.ts';
import { shapesOf, without, type Shapes } from '../architectures/transformer-headers.ts';
import { checkpointBytes } from '../checkpoints/make-checkpoint.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

let folder = '';
let models = '';
const write = (name: string, shapes: Shapes): void => {
  const tensors = Object.entries(shapes).map(([key, shape]) => [
    key,
    { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) },
  ]);
  writeFileSync(path.join(models, `${name}.safetensors`), checkpointBytes(Object.fromEntries(tensors)));
};
/** The made header has that many. */
const PRUNED = 'flux1:double_blocks=2,single_blocks=3';

beforeAll(() => {
  folder = temporaryFolder();
  models = path.join(folder, 'models');
  mkdirSync(models);
  write('flux', shapesOf('flux1'));
  write('schnell', without(shapesOf('flux1'), /^guidance_in/));
  write('anima', shapesOf('anima'));
  writeFileSync(path.join(models, 'broken.safetensors'), 'nothing');
});

function architectureOf(given: Readonly<Record<string, unknown>>): string | undefined {
  const raw = { payload: ['x.json'], modelA: 'flux', modelB: 'flux', output: 'O', modelsDir: models };
  return planChain({ ...raw, ...given }).steps[0]?.config.architecture;
}

describe('the architecture of a search', () => {
  it('is that of the files, blocks counted', () => {
    expect(architectureOf({})).toBe(PRUNED);
    expect(architectureOf({ modelA: 'schnell' })).toBe(`${PRUNED},-guidance_in`);
    expect(architectureOf({ modelA: 'anima.safetensors' })).toMatch(/^anima:/);
  });

  it('is found by the path of a model too, and by model B where A is not there yet', () => {
    expect(architectureOf({ modelsDir: undefined, modelA: path.join(models, 'flux.safetensors') })).toBe(
      PRUNED,
    );
    expect(architectureOf({ modelA: 'comes-later' })).toBe(PRUNED);
  });

  it.each([
    ['no folder', { modelsDir: undefined }],
    ['no such folder', { modelsDir: '/no/such/folder' }],
    ['no such files', { modelA: 'x', modelB: 'y' }],
    ['a file that cannot be read', { modelA: 'broken', modelB: 'y' }],
  ])('is sd1 with %s', (_, given) => {
    expect(architectureOf(given)).toBe('sd1');
  });

  it('a plain name becomes that of the files; a name with blocks stays as it is given', () => {
    expect(architectureOf({ architecture: 'flux1' })).toBe(PRUNED);
    expect(architectureOf({ architecture: PRUNED })).toBe(PRUNED);
    expect(architectureOf({ architecture: 'flux1', modelsDir: undefined })).toBe('flux1');
  });

  it.each(['anima', 'sdxl', 'flux1:double_blocks=7'])(
    '%s is refused where the files are Flux',
    (architecture) => {
      expect(() => architectureOf({ architecture })).toThrow(
        `flux.safetensors is a model of ${PRUNED}, but the search is for ${architecture}: use --architecture ${PRUNED}, or leave --architecture out.`,
      );
    },
  );

  it('a name that is nearly one is told the one that it is like', () => {
    expect(() => architectureOf({ architecture: 'flux' })).toThrow(
      / \(did you mean "flux1"\?\); got "flux"\.$/,
    );
  });

  it('an unknown name is told with those that there are', () => {
    expect(() => architectureOf({ architecture: 'flux7' })).toThrow(
      /^--architecture must be one of sd1, .*flux1, .*; got "flux7"\.$/,
    );
  });
});

describe('names of blocks', () => {
  const block = (name: string, architecture = 'flux1'): unknown =>
    architectureOf({ modelsDir: undefined, architecture, block: { [name]: 0.5 } });

  it.each([
    'double_blocks.3',
    'img_in',
    'single_blocks.*',
    '*',
    'double_blocks.attention',
    'IN.self',
    'a_new_part',
  ])('%s may be one', (name) => {
    expect(block(name)).toBe('flux1');
  });

  it.each(['in00', 'label_emb', 'OUT12', 'double blocks', '-x', ''])('%s is none', (name) => {
    expect(() => block(name)).toThrow(/^There is no block /);
  });
});
