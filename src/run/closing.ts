/**
 * What a run has opened, and how it is closed: once each, the last one first, whichever way the run ends. What could not be
 * put back is always said.
 */
import { isExpected, messageOf } from '../shared/errors.ts';
import { withdrawJournal, type Journal } from '../journal/append.ts';
import type { Renderer } from '../renderers/index.ts';
import type { Judge } from '../score/score-image.ts';
import { closeRenderers } from './close-renderers.ts';

export type Part = 'journal' | 'servers' | 'judge' | 'images';

export interface CloseOptions {
  /** Told what could not be put back, a sentence each; whoever was named when the closing was made unless given. */
  readonly say?: (sentence: string) => void;
  /** Told what is well again, where that is worth a sentence. */
  readonly inform?: ((sentence: string) => void) | undefined;
  /** After a mistake of ours: see {@link closeRenderers}. Default false. */
  readonly isHurried?: boolean;
}

export interface OpenServers {
  /** What has to come to rest before they are closed. */
  readonly before?: () => Promise<void>;
  /** See {@link closeRenderers}. */
  readonly isTouched?: (renderer: Renderer) => boolean;
}

type Close = (
  options: CloseOptions & Required<Pick<CloseOptions, 'say' | 'isHurried'>>,
) => Promise<void> | void;

/**
 * However the work ends, what it has opened is closed.
 * @param isMistake whether a failure is one of ours, after which nobody waits long for a server
 */
export async function withClosing<T>(
  say: (sentence: string) => void,
  work: (closing: Closing) => Promise<T>,
  isMistake = (error: unknown): boolean => !isExpected(error),
): Promise<T> {
  const closing = new Closing(say);
  let isHurried = false;
  try {
    return await work(closing);
  } catch (error) {
    isHurried = isMistake(error);
    throw error;
  } finally {
    await closing.closeAll({ isHurried });
  }
}

export class Closing {
  readonly #say: (sentence: string) => void;
  readonly #open = new Map<Part, Close>();

  constructor(say: (sentence: string) => void) {
    this.#say = say;
  }

  /** Every part may be added once. */
  add(part: Part, close: Close): void {
    if (this.#open.has(part)) throw new Error(`the ${part} of a run are opened once`);
    this.#open.set(part, close);
  }

  addServers(renderers: readonly Renderer[], { before, isTouched }: OpenServers = {}): void {
    this.add('servers', async ({ say, isHurried, inform }) => {
      try {
        await before?.();
      } finally {
        await closeRenderers(renderers, say, { isHurried, inform, isTouched });
      }
    });
  }

  addJudge(judge: Judge): void {
    this.add('judge', async ({ say }) => {
      try {
        await judge.close();
      } catch (error) {
        if (!isExpected(error)) throw error;
        say(error.message);
      }
    });
  }

  /** Its lock goes too, and the file of one that holds nothing yet. @param onWithdrawn told in that case */
  addJournal(journal: Journal, onWithdrawn: () => void = () => undefined): void {
    this.add('journal', ({ say }) => {
      const left = journal.close();
      if (left !== undefined) say(left);
      if (withdrawJournal(journal)) onWithdrawn();
    });
  }

  /** Before its turn; nothing when it is closed already. @throws mistakes of ours */
  async close(part: Part, { say = this.#say, isHurried = false, inform }: CloseOptions = {}): Promise<void> {
    const close = this.#open.get(part);
    this.#open.delete(part);
    await close?.({ say, isHurried, inform });
  }

  /** What is still open. Never throws: why it is closed is the thing to tell. */
  async closeAll(options: CloseOptions = {}): Promise<void> {
    for (const part of [...this.#open.keys()].toReversed()) {
      try {
        await this.close(part, options);
      } catch (error) {
        (options.say ?? this.#say)(messageOf(error));
      }
    }
  }
}
