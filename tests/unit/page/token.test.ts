/** The token of the page, kept for the user alone. */
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { keptToken, tokenFile } from '../../../src/page/token.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

/** It has no such bits. */
const IS_WINDOWS = process.platform === 'win32';

function keeper(folder = temporaryFolder('token')): {
  readonly file: string;
  readonly token: (isNew?: boolean) => string;
  readonly troubles: string[];
} {
  const troubles: string[] = [];
  const env = { XDG_CONFIG_HOME: folder };
  const token = (isNew = false): string =>
    keptToken({ env, isNew, onTrouble: (sentence) => void troubles.push(sentence) });
  return { file: tokenFile(env), token, troubles };
}

describe('the token of the page', () => {
  it('stays the same until another one is asked for', () => {
    const { token } = keeper();
    const first = token();
    expect(first).toMatch(/^[\w-]{32}$/);
    expect(token()).toBe(first);
    const second = token(true);
    expect(second).not.toBe(first);
    expect(token()).toBe(second);
  });

  it.skipIf(IS_WINDOWS)('is in a file that nobody else can read', () => {
    const { file, token } = keeper();
    expect(readFileSync.bind(undefined, file)).toThrow('ENOENT');
    expect(token()).toBe(readFileSync(file, 'utf8'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  });

  it.skipIf(IS_WINDOWS)('is another one where others could have read it, or have led it elsewhere', () => {
    const { file, token } = keeper();
    const first = token();
    chmodSync(file, 0o644);
    const second = token();
    expect(second).not.toBe(first);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    const other = keeper();
    mkdirSync(path.dirname(other.file), { recursive: true });
    symlinkSync(file, other.file);
    expect(other.token()).not.toBe(second);
    expect(readFileSync(file, 'utf8')).toBe(second);
  });

  it('is made again where the file holds something else', () => {
    const { file, token } = keeper();
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, 'x'.repeat(5000), { mode: 0o600 });
    expect(token()).toMatch(/^[\w-]{32}$/);
  });

  it('lasts as long as the server where it cannot be kept', () => {
    const blocked = path.join(temporaryFolder('token'), 'file');
    writeFileSync(blocked, '');
    const { token, troubles } = keeper(blocked);
    expect(token()).toMatch(/^[\w-]{32}$/);
    expect(troubles).toEqual([expect.stringMatching(/^Cannot save the page's token in /)]);
  });
});
