/**
 * Who of this machine's users' processes draws on which server: one at a time, for two searches on one server slow each
 * other down and can spoil each other's merges. A file for each address in the user's own folder says it; one that a dead
 * process has left does not count.
 */
import type { Clock } from '../shared/clock.ts';
import { lookAtLock, takeLock, LockHeld, type ProcessLock } from '../shared/process/process-lock.ts';
import { isServerInUse, serverInUse, withoutAdvice } from '../shared/server-in-use.ts';
import { isSystemError } from '../shared/system-error.ts';
import { makeServersFolder, serverFile, serversFolder } from './server-file.ts';
import { serverKey } from './server-key.ts';

export interface ClaimSettings {
  /** A server that somebody else uses is waited for, without a limit; otherwise it is refused. */
  readonly waits: boolean;
  /** Told what is waited for, and when that is over. */
  readonly say: (sentence: string) => void;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Of the lock files; the user's own unless given. */
  readonly folder?: string;
}

/** The claims of one command; they last until it ends. */
export class Claims {
  readonly #settings: ClaimSettings;
  readonly #locks = new Map<string, ProcessLock | undefined>();

  constructor(settings: ClaimSettings) {
    this.#settings = settings;
  }

  /**
   * Once more for the same server is nothing.
   * @param url as the user gave it
   * @param work what it is used for, as in `search "merged"`
   * @param isSpared told before every wait: the work can go on without this server
   * @throws usage error `server-in-use`; the signal's reason
   */
  async take(url: string, work: string, isSpared?: () => boolean): Promise<void> {
    const key = serverKey(url);
    if (this.#locks.has(key)) return;
    await this.whenFree(() => {
      this.#locks.set(key, this.#lock(key, work));
      return Promise.resolve();
    }, isSpared);
  }

  /**
   * What may fail because somebody else uses the server: once, or until it does not.
   * @param isSpared as in {@link take}
   * @throws what the work throws; the signal's reason
   */
  async whenFree<T>(work: () => Promise<T>, isSpared: () => boolean = () => false): Promise<T> {
    const { waits, say, signal, clock } = this.#settings;
    let told: string | undefined;
    for (;;) {
      try {
        const result = await work();
        if (told !== undefined) say('The server is free now; continuing.');
        return result;
      } catch (error) {
        if (!waits || !isServerInUse(error) || isSpared()) throw error;
        signal.throwIfAborted();
        const waiting = `${withoutAdvice(error)} Waiting for that to finish.`;
        if (waiting !== told) say(waiting);
        told = waiting;
        await clock.sleep(WAIT_MS, signal);
        signal.throwIfAborted();
      }
    }
  }

  /** Gives all servers back. Never throws: a lock that cannot be removed is recognised as left over. */
  release(): void {
    for (const lock of this.#locks.values()) {
      try {
        lock?.release();
      } catch (error) {
        if (!isSystemError(error)) throw error;
      }
    }
    this.#locks.clear();
  }

  #lock(key: string, work: string): ProcessLock | undefined {
    const { say, clock, folder = serversFolder() } = this.#settings;
    try {
      makeServersFolder(folder);
      return takeLock(serverFile(key, '.lock', folder), { work, since: new Date(clock.now()).toISOString() });
    } catch (error) {
      if (error instanceof LockHeld) throw serverInUse(key, whoHolds(error));
      if (!isSystemError(error)) throw error;
      say(
        `Cannot tell whether another search is using ${key}, because ${folder} is not writable (${error.message}).`,
      );
      return undefined;
    }
  }
}

/** Who uses the server, in words; undefined where nobody of this user on this machine does. */
export function userOf(url: string, folder = serversFolder()): string | undefined {
  try {
    const held = lookAtLock(serverFile(url, '.lock', folder));
    return held && whoHolds(held);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}

const WAIT_MS = 2000;

function whoHolds({ holder, note }: LockHeld): string {
  const { work, since } = note;
  const began = since === undefined ? NaN : Date.parse(since);
  return `${work === undefined ? '' : `${work}, `}${holder}${Number.isNaN(began) ? '' : `, since ${localTime(new Date(began))}`}`;
}

/** `2026-11-30 01:05`, in the time zone of this machine. */
function localTime(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(two).join('-');
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
