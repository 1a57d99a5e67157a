import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { codeBehind, codeOf, isSystemError } from '../../../src/shared/system-error.ts';

const coded = (code: unknown, cause?: unknown): Error => Object.assign(new Error('x', { cause }), { code });

describe('the code of an error', () => {
  it.each([
    [coded('ENOENT'), 'ENOENT'],
    [coded(5), undefined],
    [new Error('x'), undefined],
    [{ code: 'ENOENT' }, undefined],
    ['ENOENT', undefined],
    [null, undefined],
  ])('%o has %s', (error, code) => {
    expect(codeOf(error)).toBe(code);
  });

  it('is looked for behind the error too, the nearest first', () => {
    expect(codeBehind(coded('NEAR', coded('FAR')))).toBe('NEAR');
    expect(codeBehind(new Error('x', { cause: new Error('y', { cause: coded('FAR') }) }))).toBe('FAR');
    expect(codeBehind(new Error('x', { cause: 'FAR' }))).toBeUndefined();
  });

  it('tells what the system refuses from what the program does wrong', () => {
    let refused: unknown;
    try {
      fs.readFileSync('/no/such/file');
    } catch (error) {
      refused = error;
    }
    expect(isSystemError(refused)).toBe(true);
    expect(isSystemError(new TypeError('x'))).toBe(false);
    expect(isSystemError('ENOENT')).toBe(false);
  });
});
