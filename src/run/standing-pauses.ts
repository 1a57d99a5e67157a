/** Why a search rests without being asked each time: hours in which it may work, and a file that keeps it waiting. */
import fs from 'node:fs';
import type { SearchConfig } from '../config/schema.ts';
import { clockTime, isWithin, nextWithin, parseHours, type Hours } from '../shared/hours.ts';

export interface StandingPause {
  /** The option that it comes from, with the file where that is needed to know what to do. */
  readonly by: string;
  /** Milliseconds since 1970; undefined = nobody knows. */
  readonly until?: number;
  /** What ends it, as a part of a sentence. */
  readonly end: string;
}

export class StandingPauses {
  readonly #hours: readonly Hours[];
  readonly #file: string | undefined;
  /** Somebody wants the search to work outside its hours, until the next ones begin. */
  #isOverruled = false;

  constructor({ onlyBetween, pauseFile }: Pick<SearchConfig, 'onlyBetween' | 'pauseFile'>) {
    this.#hours = onlyBetween.filter((text) => text !== ALWAYS).map((text) => parseHours(text));
    this.#file = pauseFile;
  }

  /** @param now milliseconds since 1970 */
  at(now: number): StandingPause | undefined {
    const isOutside = this.#hours.length > 0 && !isWithin(this.#hours, now);
    if (!isOutside) this.#isOverruled = false;
    if (this.#file !== undefined && fs.existsSync(this.#file)) {
      return { by: `--pause-file ${this.#file}`, end: 'it continues once that file is removed' };
    }
    if (!isOutside || this.#isOverruled) return undefined;
    const until = nextWithin(this.#hours, now);
    const end = 'autombw go-on continues it now';
    return { by: '--only-between', ...(until !== undefined && { until }), end };
  }

  /** @returns why that is not possible, as a sentence */
  overrule(now: number): string | undefined {
    const pause = this.at(now);
    if (pause === undefined) return undefined;
    if (pause.by !== '--only-between') return `The run waits because of ${pause.by}; ${pause.end}.`;
    this.#isOverruled = true;
    return undefined;
  }
}

/** Does a pause come from the options of a run, and not from somebody who asked for it? */
export function isStanding({ by }: { readonly by: string }): boolean {
  return by.startsWith('--');
}

/** In place of hours: no limit, whatever the run was begun with. */
const ALWAYS = 'always';

/** `until 23:00`, or nothing. */
export function untilText({ until }: Pick<StandingPause, 'until'>, now: number): string {
  return until === undefined ? '' : ` until ${clockTime(until, now)}`;
}
