import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownIdentity, startedAt } from '../../../../src/shared/process/process-identity.ts';
import { LockHeld, lockHolder, takeLock } from '../../../../src/shared/process/process-lock.ts';
import { endedPid } from '../../../helpers/ended-process.ts';
import { installDiskFaults } from '../../../helpers/disk-faults.mjs';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

let lock = '';
beforeEach(() => {
  lock = path.join(temporaryFolder('lock'), 'run.lock');
});

const others: ReturnType<typeof spawn>[] = [];
afterEach(() => {
  for (const other of others.splice(0)) other.kill('SIGKILL');
});

function livingProcess(): number {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  others.push(child);
  return child.pid ?? 0;
}

function written(content: unknown, secondsAgo = 0): void {
  fs.writeFileSync(lock, typeof content === 'string' ? content : JSON.stringify(content));
  const time = new Date(Date.now() - secondsAgo * 1000);
  fs.utimesSync(lock, time, time);
}

describe('a lock', () => {
  it('is taken once, released, and taken again', () => {
    const mine = takeLock(lock);
    expect(() => takeLock(lock)).toThrow(LockHeld);
    expect(lockHolder(lock)).toBe('this process');
    mine.release();
    mine.release();
    expect(fs.existsSync(lock)).toBe(false);
    expect(lockHolder(lock)).toBeUndefined();
    takeLock(lock).release();
  });

  it('is made again when somebody has removed it, and not when another one has it by then', () => {
    const mine = takeLock(lock);
    fs.rmSync(lock);
    mine.renew();
    expect(JSON.parse(fs.readFileSync(lock, 'utf8'))).toEqual(ownIdentity());
    written({ ...ownIdentity(), host: 'elsewhere' });
    mine.release();
    expect(fs.existsSync(lock)).toBe(true);
  });

  it('is on the disk before anything relies on it: an empty one would look like that of a process that has just begun', () => {
    const faults = installDiskFaults({ under: path.dirname(lock), code: 'EIO', at: 2 });
    try {
      expect(() => takeLock(lock)).toThrow('refused by the test, fsyncSync');
    } finally {
      faults.uninstall();
    }
    expect(fs.existsSync(lock)).toBe(false);
  });

  it.runIf(process.platform === 'linux')('knows a process by its start, not by its number alone', () => {
    const pid = livingProcess();
    written({ ...ownIdentity(), pid, started: '1' });
    expect(lockHolder(lock)).toBeUndefined();
    takeLock(lock).release();
    // The same number as this process had, in another life.
    written({ ...ownIdentity(), started: '1' });
    takeLock(lock).release();
  });

  it.runIf(process.platform === 'linux')(
    'with a number alone: who began after it was written is another one',
    () => {
      const pid = livingProcess();
      written(String(pid), 3600);
      expect(lockHolder(lock)).toBeUndefined();
      written(String(pid));
      expect(lockHolder(lock)).toMatch(new RegExp(`^process ${pid} \\(`));
      expect(Math.abs((startedAt(process.pid) ?? 0) - performance.timeOrigin)).toBeLessThan(3000);
    },
  );

  it('where the start is not known, counts while it is touched', () => {
    const owner = { ...ownIdentity(), pid: livingProcess(), started: null };
    written(owner, 5);
    expect(() => takeLock(lock)).toThrow(LockHeld);
    written(owner, 120);
    takeLock(lock).release();
  });

  it('of another container of this computer counts while it is touched', () => {
    const owner = { ...ownIdentity(), world: 'another boot pid:[4026531836]' };
    written(owner, 5);
    expect(lockHolder(lock)).toBe(`process ${process.pid} in another container of this computer`);
    written(owner, 120);
    expect(lockHolder(lock)).toBeUndefined();
  });

  it('of another computer counts for ever', () => {
    written({ ...ownIdentity(), host: 'the-nas' }, 1e6);
    expect(() => takeLock(lock)).toThrow(/on the computer "the-nas"/);
  });

  it('that is empty or makes no sense is left over, unless it was just begun', () => {
    for (const content of ['', '{"pid":', 'x'.repeat(100)]) {
      written(content);
      expect(() => takeLock(lock)).toThrow(/a process that has just begun/);
      written(content, 60);
      takeLock(lock).release();
    }
  });

  it('that is left over is removed by one process at a time', () => {
    written({ ...ownIdentity(), pid: endedPid() });
    const turn = `${lock}.old`;
    fs.writeFileSync(turn, '');
    expect(() => takeLock(lock)).toThrow(LockHeld);
    expect(fs.existsSync(lock)).toBe(true);
    // Its process is gone.
    const before = new Date(Date.now() - 60_000);
    fs.utimesSync(turn, before, before);
    takeLock(lock).release();
    expect(fs.readdirSync(path.dirname(lock))).toEqual([]);
  });

  it('that is a folder or a pipe is refused in words', () => {
    fs.mkdirSync(lock);
    expect(() => takeLock(lock)).toThrow(/it is not a regular file/);
  });

  it.runIf(process.platform === 'linux')(
    'is not held by a process that has ended and was not fetched',
    async () => {
      // The shell becomes sleep, which never asks for its child; the child ends only after that, at a byte.
      const parent = spawn('sh', ['-c', 'head -c 1 <&3 >&2 & echo $!; exec sleep 60 3<&-'], {
        stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
      });
      others.push(parent);
      const pid = await new Promise<number>((resolve) => {
        parent.stdout?.once('data', (text: Buffer) => resolve(Number(text.toString())));
      });
      await expect.poll(() => fs.readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n');
      const [, , , end] = parent.stdio;
      if (!(end instanceof Writable)) throw new Error('the child has no pipe');
      end.end('x');
      await expect.poll(() => fs.readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
      written(String(pid));
      expect(lockHolder(lock)).toBeUndefined();
    },
  );
});
