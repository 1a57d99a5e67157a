/** Files of a server on this machine: a name alone may be that of several. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { localPair } from '../../../src/checkpoints/local-path.ts';
import { findLocalModels } from '../../../src/renderers/merged-files.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const root = temporaryFolder();
const at = (...steps: string[]): string => path.join(root, ...steps);

for (const file of [
  'checkpoints/a',
  'checkpoints/b',
  'checkpoints/x/m',
  'checkpoints/x/b',
  'checkpoints/y/m',
  'checkpoints/y/b',
  'diffusion_models/a',
  'diffusion_models/b',
  'diffusion_models/c',
]) {
  fs.mkdirSync(path.dirname(at(file)), { recursive: true });
  fs.writeFileSync(at(`${file}.safetensors`), file);
}

function find(
  [a, b]: readonly [string, string],
  modelsDir: string,
  kinds = ['checkpoints', 'checkpoints'],
): unknown {
  return findLocalModels({
    modelA: `${a}.safetensors`,
    modelB: `${b}.safetensors`,
    modelsDir,
    below: { a: [kinds[0] ?? ''], b: [kinds[1] ?? ''] },
    server: 'a server',
    withoutFolder: '',
  });
}

const pair = (a: string, b: string): unknown => ({ a: at(`${a}.safetensors`), b: at(`${b}.safetensors`) });
const NETWORKS = ['diffusion_models', 'diffusion_models'];

it('looks only where the loader of each model does', () => {
  expect(find(['c', 'b'], root, NETWORKS)).toEqual(pair('diffusion_models/c', 'diffusion_models/b'));
  expect(find(['c', 'b'], root, ['diffusion_models', 'checkpoints'])).toEqual(
    pair('diffusion_models/c', 'checkpoints/b'),
  );
  expect(find(['a', 'b'], root)).toEqual(pair('checkpoints/a', 'checkpoints/b'));
  expect(find(['c', 'b'], root)).toHaveProperty('missing');
});

it.each(['/', '\\'])('takes no file of another subfolder for model B, separated by %s', (slash) => {
  const named = ([a, b]: readonly [string, string]): readonly [string, string] => [
    a.replace('/', slash),
    b.replace('/', slash),
  ];
  expect(find(named(['x/m', 'y/m']), at('checkpoints'))).toEqual(pair('checkpoints/x/m', 'checkpoints/y/m'));
  expect(find(named(['x/m', 'x/b']), at('checkpoints', 'x'))).toEqual(
    pair('checkpoints/x/m', 'checkpoints/x/b'),
  );
  for (const b of ['y/m', 'y/b', 'b']) {
    expect(find(named(['x/m', b]), at('checkpoints', 'x'))).toHaveProperty('missing');
  }
});

it('finds nothing where there is nothing', () => {
  expect(
    localPair({ a: 'q.safetensors', b: 'b.safetensors' }, { a: [at('checkpoints')], b: [at('checkpoints')] }),
  ).toEqual({ a: undefined, b: undefined });
});
