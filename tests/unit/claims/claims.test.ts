import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Claims, userOf } from '../../../src/claims/claims.ts';
import { NEVER_ABORTED } from '../../../src/shared/abort/never-aborted.ts';
import { ownIdentity } from '../../../src/shared/process/process-identity.ts';
import { serverInUse } from '../../../src/shared/server-in-use.ts';
import { endedPid } from '../../helpers/ended-process.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const URL = 'http://127.0.0.1:7860';

/** What holds a lock holds a listener, too. */
const open: Claims[] = [];
afterEach(() => {
  for (const claims of open.splice(0)) claims.release();
});

function claimsIn(
  folder: string,
  { waits = false, signal = NEVER_ABORTED, onSleep = (): void => {} } = {},
): { claims: Claims; said: string[] } {
  const said: string[] = [];
  const clock = {
    now: () => Date.UTC(2026, 0, 2, 3, 4),
    sleep: async () => {
      onSleep();
    },
  };
  const settings = { waits, signal, clock, folder, say: (sentence: string) => void said.push(sentence) };
  const claims = new Claims(settings);
  open.push(claims);
  return { claims, said };
}

const folderOf = (): string => path.join(temporaryFolder('claims'), 'deep', 'servers');

describe('a server that is used', () => {
  it('is refused to the second, who is told by whom and since when', async () => {
    const folder = folderOf();
    const first = claimsIn(folder).claims;
    await first.take(URL, 'search "O"');
    await expect(claimsIn(folder).claims.take('localhost:7860', 'search "P"')).rejects.toMatchObject({
      code: 'server-in-use',
      kind: 'usage',
      message: expect.stringMatching(
        /^The server localhost:7860 is in use by search "O", this process, since \d{4}-\d\d-\d\d \d\d:\d\d\. .*--wait-for-server/,
      ) as unknown,
    });
    expect(userOf('http://[::1]:7860', folder)).toMatch(/^search "O", this process, since 2026-01-0/);
    first.release();
    expect(readdirSync(folder)).toEqual([]);
    expect(userOf(URL, folder)).toBeUndefined();
    await claimsIn(folder).claims.take(URL, 'search "P"');
  });

  it('is taken once by one command, and another server is another matter', async () => {
    const folder = folderOf();
    const { claims } = claimsIn(folder);
    await claims.take(URL, 'search "O"');
    await claims.take('http://localhost:7860', 'search "O"');
    await claimsIn(folder).claims.take('http://127.0.0.1:7861', 'search "P"');
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('is waited for when asked: said once, and again when it is free', async () => {
    const folder = folderOf();
    const first = claimsIn(folder).claims;
    await first.take(URL, 'search "O"');
    let sleeps = 0;
    const { claims, said } = claimsIn(folder, {
      waits: true,
      onSleep: () => {
        if (++sleeps === 3) first.release();
      },
    });
    await claims.take(URL, 'search "P"');
    expect(sleeps).toBe(3);
    expect(said).toEqual([
      expect.stringMatching(/is in use by search "O", .*\. Waiting for that to finish\.$/),
      'The server is free now; continuing.',
    ]);
    expect(said[0]).not.toContain('--wait-for-server');
  });

  it('is no longer waited for after Ctrl-C', async () => {
    const folder = folderOf();
    await claimsIn(folder).claims.take(URL, 'search "O"');
    const stop = new AbortController();
    const { claims } = claimsIn(folder, {
      waits: true,
      signal: stop.signal,
      onSleep: () => stop.abort(new Error('Ctrl-C')),
    });
    await expect(claims.take(URL, 'search "P"')).rejects.toThrow('Ctrl-C');
  });

  it('waits too for what the server itself shows', async () => {
    let attempts = 0;
    const { claims, said } = claimsIn(folderOf(), { waits: true });
    const opened = await claims.whenFree(async () => {
      if (++attempts < 3) throw serverInUse(URL, 'search "O" on the computer "nas"');
      return Promise.resolve('open');
    });
    expect(opened).toBe('open');
    expect(said[0]).toContain('the computer "nas"');
  });
});

describe('what a dead process has left', () => {
  it('is taken over at once', async () => {
    const folder = folderOf();
    const first = claimsIn(folder).claims;
    await first.take(URL, 'search "O"');
    const [name = ''] = readdirSync(folder);
    const file = path.join(folder, name);
    const pid = endedPid();
    writeFileSync(file, JSON.stringify({ ...ownIdentity(), pid, note: { work: 'search "O"' } }));
    await claimsIn(folder).claims.take(URL, 'search "P"');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      pid: process.pid,
      note: { work: 'search "P"' },
    });
  });
});

describe.skipIf(process.platform === 'win32')('the folder of the claims', () => {
  it("is the user's alone", async () => {
    const folder = folderOf();
    await claimsIn(folder).claims.take(URL, 'search "O"');
    expect(statSync(folder).mode & 0o077).toBe(0);
  });

  it('that cannot be written to stops nobody, and is said', async () => {
    const blocked = path.join(temporaryFolder('claims'), 'file');
    writeFileSync(blocked, '');
    chmodSync(blocked, 0o400);
    const { claims, said } = claimsIn(path.join(blocked, 'servers'));
    await claims.take(URL, 'search "O"');
    claims.release();
    expect(said).toEqual([expect.stringContaining('Cannot tell whether another search is using')]);
    expect(existsSync(path.join(blocked, 'servers'))).toBe(false);
  });
});
