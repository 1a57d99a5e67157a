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

export class KeptFiles {
  readonly #folder: string;
  #stems = NONE;
  #changed = -1;
  #isSettled = false;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Names without their endings; the same set as long as nothing has changed. A folder that cannot be read holds none. */
  async stems(): Promise<ReadonlySet<string>> {
    try {
      const changed = (await stat(this.#folder)).mtimeMs;
      if (changed === this.#changed && this.#isSettled) return this.#stems;
      this.#isSettled = Date.now() - changed > COARSEST_CLOCK;
      const stems = await listed(this.#folder);
      this.#changed = changed;
      if (!areSame(stems, this.#stems)) this.#stems = stems;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.#changed = -1;
      this.#stems = NONE;
    }
    return this.#stems;
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
