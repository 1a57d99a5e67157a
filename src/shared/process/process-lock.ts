/**
 * A lock file: one process at a time. It names its process so fully that a lock which a crash has left is recognised, also
 * when another program has the number by now, and it is touched while it is held.
 */
import fs from 'node:fs';
import { z } from 'zod';
import { parseJson } from '../parse-json.ts';
import { codeOf } from '../system-error.ts';
import {
  isRunning,
  isWriterAlive,
  ownIdentity,
  processName,
  startOf,
  type ProcessIdentity,
} from './process-identity.ts';
import { discard } from '../files/replace-file.ts';
import { writeBytes } from '../files/write-bytes.ts';
import { atExit } from './at-exit.ts';

export interface ProcessLock {
  readonly file: string;
  /** Takes it once more when somebody has removed it. @throws as {@link takeLock} */
  renew(): void;
  /** @throws an error with `errno` when the file cannot be removed: it is still recognised as left over */
  release(): void;
}

/** For people: what the lock is held for. */
export type LockNote = Readonly<Record<string, string>>;

/** Who holds a lock, in words. */
export class LockHeld extends Error {
  override readonly name = 'LockHeld';
  readonly file: string;
  /** `process 12 (node)`, `process 1 on the computer "nas"`. */
  readonly holder: string;
  /** What it has left beside its name. */
  readonly note: LockNote;

  constructor(file: string, holder: string, note: LockNote = {}) {
    super(`${file} is held by ${holder}`);
    this.file = file;
    this.holder = holder;
    this.note = note;
  }
}

/** A lock that is held is touched this often, and one that was not for so long is left over where nothing better is known. */
const TOUCH_MS = 15_000;
const SILENCE_MS = 60_000;
/** A file that is still empty is being written, or a crash has left it. */
const WRITING_MS = 10_000;
const MOST_ATTEMPTS = 5;

const identitySchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  started: z.string().nullable(),
  world: z.string().nullable(),
});
const noteSchema = z.object({ note: z.record(z.string(), z.string()) });

/** Of this process. */
const held = new Set<string>();

/** @param note told to whoever finds it held. @throws LockHeld; an error with `errno` from the system */
export function takeLock(file: string, note?: LockNote): ProcessLock {
  claim(file, note);
  held.add(file);
  // It names a process that is gone where it cannot be removed.
  const forget = atExit(() => remove(file));
  const timer = setInterval(() => touch(file), TOUCH_MS);
  timer.unref();
  return {
    file,
    renew() {
      if (!fs.existsSync(file)) claim(file, note);
    },
    release() {
      clearInterval(timer);
      if (!held.delete(file)) return;
      forget();
      remove(file);
    },
  };
}

/** Who holds the lock, in words; undefined when nobody that lives does. */
export function lockHolder(file: string): string | undefined {
  return lookAtLock(file)?.holder;
}

/** The same with what it is held for. */
export function lookAtLock(file: string): LockHeld | undefined {
  const found = look(file);
  if (found === undefined) return undefined;
  const holder = holderOf(file, found);
  return holder === undefined ? undefined : new LockHeld(file, holder, noteOf(found));
}

interface Found {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly touched: number;
}

function claim(file: string, note: LockNote | undefined): void {
  for (let attempt = 1; ; attempt++) {
    if (create(file, note)) return;
    const found = look(file);
    if (found === undefined) continue;
    const holder = holderOf(file, found);
    if (holder !== undefined || attempt === MOST_ATTEMPTS)
      throw new LockHeld(file, holder ?? 'another process', noteOf(found));
    removeLeftover(file, found);
  }
}

/** @returns false when there is one */
function create(file: string, note: LockNote | undefined): boolean {
  let handle: number;
  try {
    handle = fs.openSync(file, 'wx');
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    try {
      const text = JSON.stringify({ ...ownIdentity(), ...(note === undefined ? {} : { note }) });
      writeBytes(handle, Buffer.from(`${text}\n`), null);
      // After a crash of the disk it would be empty, and look like that of a process that has just begun.
      fs.fsyncSync(handle);
    } finally {
      // Some disks say only then that there is no room.
      fs.closeSync(handle);
    }
  } catch (error) {
    discard(file);
    throw error;
  }
  return true;
}

/** Bytes: ours have three hundred. */
const LARGEST = 65_536;

function look(file: string): Found | undefined {
  try {
    const stats = fs.statSync(file);
    // Opening a pipe would wait for ever.
    if (!stats.isFile())
      throw Object.assign(new Error('EINVAL: it is not a regular file'), { code: 'EINVAL', errno: -22 });
    const text = stats.size > LARGEST ? '' : fs.readFileSync(file, 'utf8').trim();
    return { text, touched: stats.mtimeMs };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function holderOf(file: string, { text, touched }: Found): string | undefined {
  const owner = parse(text);
  const silent = Date.now() - touched;
  if (owner === undefined) return silent < WRITING_MS ? 'a process that has just begun' : undefined;
  if (typeof owner === 'number') return holderByNumber(owner, touched);
  const own = ownIdentity();
  const { pid, host, started, world } = owner;
  if (host !== own.host) return `process ${pid} on the computer "${host}"`;
  if (world !== own.world)
    return silent < SILENCE_MS ? `process ${pid} in another container of this computer` : undefined;
  if (pid === own.pid) return held.has(file) && started === own.started ? 'this process' : undefined;
  if (!isRunning(pid)) return undefined;
  const isSame = started === null ? silent < SILENCE_MS : startOf(pid) === started;
  return isSame ? named(pid) : undefined;
}

/** Locks of version 0.1.0 hold nothing but a number. */
function holderByNumber(pid: number, touched: number): string | undefined {
  return pid !== process.pid && isWriterAlive(pid, touched) ? named(pid) : undefined;
}

function named(pid: number): string {
  const name = processName(pid);
  return `process ${pid}${name === undefined ? '' : ` (${name})`}`;
}

function parse(text: string): ProcessIdentity | number | undefined {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  try {
    const parsed = identitySchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function noteOf({ text }: Found): LockNote {
  return noteSchema.safeParse(parseJson(text)).data?.note ?? {};
}

/**
 * Another process may do the same at the same time, and its new lock must not go: one at a time looks once more and removes it.
 * Whoever comes second finds what the first one has made of it.
 */
function removeLeftover(file: string, { text }: Found): void {
  const turn = `${file}.old`;
  let handle: number;
  try {
    handle = fs.openSync(turn, 'wx');
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    const { mtimeMs = Date.now() } = fs.statSync(turn, { throwIfNoEntry: false }) ?? {};
    // A crash has left it: that takes no more than a moment.
    if (Date.now() - mtimeMs > WRITING_MS) fs.rmSync(turn, { force: true });
    return;
  }
  fs.closeSync(handle);
  try {
    if (look(file)?.text === text) fs.rmSync(file, { force: true });
  } finally {
    fs.rmSync(turn, { force: true });
  }
}

function remove(file: string): void {
  const owner = parse(look(file)?.text ?? '');
  const own = ownIdentity();
  // Somebody has removed ours, and another process its place.
  const isForeign = typeof owner === 'object' && (owner.pid !== own.pid || owner.host !== own.host);
  if (!isForeign) fs.rmSync(file, { force: true });
}

function touch(file: string): void {
  const now = new Date();
  // It was removed, or the disk refuses: whoever writes the file that it guards finds out.
  fs.utimes(file, now, now, () => undefined);
}
