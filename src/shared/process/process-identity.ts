/** Which process wrote something, so that it is not mistaken for another one that has its number by now. */
import fs from 'node:fs';
import os from 'node:os';
import { codeOf } from '../system-error.ts';

export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** When it began, in the system's own count; null where the system does not say it cheaply. */
  readonly started: string | null;
  /** Where the two numbers mean something: the boot and, for containers, the namespace. Null where there is no such thing. */
  readonly world: string | null;
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, host: os.hostname(), started: startOf(process.pid) ?? null, world: ownWorld() };
}

/** Is there a process of that number, on this machine? One that has ended and was not fetched by its parent is none. */
export function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process lives, too.
    if (codeOf(error) !== 'EPERM') return false;
  }
  return !/^[ZX]$/.test(statOf(pid)?.[0] ?? '');
}

/** See {@link ProcessIdentity.started}: Linux counts ticks since it was booted. */
export function startOf(pid: number): string | undefined {
  return statOf(pid)?.[START];
}

/** When a process began, in milliseconds since 1970, some ten milliseconds off; undefined where it is not known. */
export function startedAt(pid: number): number | undefined {
  const ticks = startOf(pid);
  const boot = /^btime (\d+)$/m.exec(readOrEmpty('/proc/stat'))?.[1];
  return ticks === undefined || boot === undefined
    ? undefined
    : (Number(boot) + Number(ticks) / TICKS) * 1000;
}

/**
 * Where a file names its writer by the number alone: does that process still run? One that began after the last write is
 * another one, which has the number by now.
 * @param written when the file was last written, in milliseconds since 1970
 */
export function isWriterAlive(pid: number, written: number): boolean {
  if (!isRunning(pid)) return false;
  const began = startedAt(pid);
  return began === undefined || began <= written + CLOCK_STEPS_MS;
}

/** What the process is called, for people; undefined where it is not known. */
export function processName(pid: number): string | undefined {
  const name = readOrEmpty(`/proc/${pid}/comm`).trim();
  return name === '' ? undefined : name;
}

/** Linux counts in hundredths of a second wherever programs look. */
const TICKS = 100;
/** Clocks are put right now and then. */
const CLOCK_STEPS_MS = 2000;
/** Among what follows the name: the 22nd of all fields, where the state is the 3rd. */
const START = 19;

/** The fields of /proc/<pid>/stat behind the name, which may itself hold spaces and brackets. */
function statOf(pid: number): readonly string[] | undefined {
  const text = readOrEmpty(`/proc/${pid}/stat`);
  const end = text.lastIndexOf(')');
  return end < 0 ? undefined : text.slice(end + 2).split(' ');
}

function ownWorld(): string | null {
  const boot = readOrEmpty('/proc/sys/kernel/random/boot_id').trim();
  if (boot === '') return null;
  try {
    return `${boot} ${fs.readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return boot;
  }
}

function readOrEmpty(file: string): string {
  if (process.platform !== 'linux') return '';
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
