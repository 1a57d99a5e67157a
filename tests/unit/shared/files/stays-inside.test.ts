import { describe, expect, it } from 'vitest';
import { staysInside } from '../../../../src/shared/files/stays-inside.ts';

describe('a relative name', () => {
  it.each([
    'recipes/O.recipe.txt',
    String.raw`recipes\O.recipe.txt`,
    './O',
    'a/../O',
    '..O',
    'O..',
    'a/..b/c',
  ])('stays in its folder: %s', (name) => expect(staysInside(name)).toBe(true));

  it.each([
    '',
    '.',
    'a/..',
    '..',
    '../O',
    String.raw`..\O`,
    'a/../../O',
    String.raw`a/..\..\a/O`,
    '/etc/cron.d/O',
    String.raw`\\server\share`,
    'C:O',
    String.raw`c:\O`,
    'O\0.txt',
  ])('leads out of it: %j', (name) => expect(staysInside(name)).toBe(false));
});
