/** Which pictures of a run are on the disk: one listing of their folder, kept until the folder changes. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { IMAGE_ENDINGS } from '../../images/names.ts';
import { isSystemError } from '../../shared/system-error.ts';

/** Milliseconds: a folder that changed so shortly before it was listed may change again without looking different. */
const COARSEST_CLOCK = 2000;
/** Files after which others get their turn. */
const AT_A_TIME = 4000;
const NONE: ReadonlySet<string> = new Set();
const ENDINGS: ReadonlySet<string> = new Set(IMAGE_ENDINGS);

/** Does a folder look as it did? */
class FolderChanges {
  readonly #folder: string;
  #changed = -1;
  #isSettled = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Nothing has come or gone since this was asked last. @throws an error with `errno` of the system */
  async areNone(): Promise<boolean> {
    const changed = (await stat(this.#folder)).mtimeMs;
    if (changed === this.#changed && this.#isSettled) return true;
    this.#isSettled = Date.now() - changed > COARSEST_CLOCK;
    this.#changed = changed;
    return false;
  }

  /** What was found out at the last look is not to be relied on. */
  forget(): void {
    this.#changed = -1;
  }
}

export class KeptFiles {
  readonly #folder: string;
  readonly #changes: FolderChanges;
  #stems = NONE;

  constructor(folder: string) {
    this.#folder = folder;
    this.#changes = new FolderChanges(folder);
  }

  /** Names without their endings; the same set as long as nothing has changed. A folder that cannot be read holds none. */
  async stems(): Promise<ReadonlySet<string>> {
    try {
      if (await this.#changes.areNone()) return this.#stems;
      const stems = await listed(this.#folder);
      if (!areSame(stems, this.#stems)) this.#stems = stems;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#changes.forget();
      this.#stems = NONE;
    }
    return this.#stems;
  }
}

/** Whether pictures of a trial are there: of the few that are shown it is asked often, and the folder of a night has thousands of others. */
export class KeptTrials {
  readonly #folder: string;
  readonly #changes: FolderChanges;
  readonly #known = new Map<number, boolean>();

  constructor(folder: string) {
    this.#folder = folder;
    this.#changes = new FolderChanges(folder);
  }

  /** @param stems names of its pictures without their endings: one of them is enough. A folder that cannot be read holds none. */
  async has(trial: number, stems: readonly string[]): Promise<boolean> {
    try {
      if (!(await this.#changes.areNone())) this.#known.clear();
      const known = this.#known.get(trial);
      if (known !== undefined) return known;
      const isKept = await this.#hasOne(stems);
      this.#known.set(trial, isKept);
      return isKept;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#changes.forget();
      return false;
    }
  }

  async #hasOne(stems: readonly string[]): Promise<boolean> {
    for (const stem of stems)
      for (const ending of IMAGE_ENDINGS)
        if (await isThere(path.join(this.#folder, stem + ending))) return true;
    return false;
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return false;
  }
}

async function listed(folder: string): Promise<ReadonlySet<string>> {
  const stems = new Set<string>();
  const files = await readdir(folder);
  for (let from = 0; from < files.length; from += AT_A_TIME) {
    if (from > 0) await breathe();
    for (const file of files.slice(from, from + AT_A_TIME)) {
      const ending = path.extname(file);
      if (ENDINGS.has(ending)) stems.add(file.slice(0, -ending.length));
    }
  }
  return stems;
}

function areSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  if (one.size !== other.size) return false;
  for (const stem of one) if (!other.has(stem)) return false;
  return true;
}
