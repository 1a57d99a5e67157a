/**
 * How a renderer behaves when somebody else uses its server too: it makes way, sets its merge up again when the server
 * has come to rest, and draws the spoilt image again. The pauses grow and are not the same for everybody, so that of
 * two programs that do this one gets through. What goes on for too long ends the run.
 */
import type { Client } from '../../http/client.ts';
import { WebuiError, webuiError } from '../../http/errors.ts';
import { waitUntilIdle } from '../progress.ts';
import { awakeTime } from '../../../shared/awake-time.ts';
import { duration } from '../../../shared/duration.ts';

export interface CompanyOptions {
  /** Longest time without a spell of images to ourselves. */
  readonly limitSeconds: number;
  /** Seconds between looks at the server. */
  readonly pollSeconds: number;
  readonly onWarning: (sentence: string) => void;
}

/** Looks that the server must have been at rest for, by how often in a row it was not; the last one repeats. */
const QUIET_LOOKS = [5, 10, 20, 40, 60];
/** So many images in a row without a stranger end a spell of company. */
const CALM_IMAGES = 5;

export class Company {
  readonly #client: Client;
  readonly #options: CompanyOptions;
  #since: number | undefined;
  #times = 0;
  #wasSeen = false;
  #calm = 0;
  /** Seconds that setting up a merge took last: that of another program takes about as long, and shows in no job. */
  #setUpSeconds = 0;

  constructor(client: Client, options: CompanyOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Somebody was there at some time. */
  get wasSeen(): boolean {
    return this.#wasSeen;
  }

  /** Somebody is, as far as is known. */
  get isHere(): boolean {
    return this.#since !== undefined;
  }

  /** An image was made without a stranger around. */
  noteCalm(): void {
    if (this.#since === undefined || ++this.#calm < CALM_IMAGES) return;
    this.#since = undefined;
    this.#times = 0;
  }

  noteSetUp(seconds: number): void {
    this.#setUpSeconds = seconds;
  }

  /**
   * Waits until the server has been at rest for a while.
   * @param error what was seen; the notice says it
   * @throws WebuiError `webui-shared` when it was not left alone for too long
   */
  async makeWay(error: WebuiError, signal: AbortSignal): Promise<void> {
    const { limitSeconds, pollSeconds, onWarning } = this.#options;
    const now = awakeTime();
    this.#since ??= now;
    this.#wasSeen = true;
    this.#calm = 0;
    const left = limitSeconds - (now - this.#since) / 1000;
    const looks = QUIET_LOOKS[Math.min(this.#times++, QUIET_LOOKS.length - 1)] ?? 60;
    if (this.#times === 1) {
      onWarning(`${error.message} Once the WebUI is free, the merge is set up and the image is drawn again.`);
    }
    const tooLong = (cause: unknown): WebuiError =>
      webuiError(
        'webui-shared',
        `Another program has been using the WebUI at ${this.#client.address} for ${this.#minutes()}, which can corrupt a merge in its memory. Let that program finish, then resume; affected images do not count.`,
        { cause },
      );
    if (left <= 0) throw tooLong(error);
    const quietSeconds = Math.max(looks * pollSeconds * (0.75 + Math.random() / 2), 2 * this.#setUpSeconds);
    let isTold = this.#times !== 2;
    try {
      await waitUntilIdle(this.#client, signal, {
        limitSeconds: left,
        intervalSeconds: pollSeconds,
        quietSeconds,
        onWait: () => {
          if (isTold) return;
          isTold = true;
          onWarning(
            `The WebUI at ${this.#client.address} is still being used by somebody else; waiting up to ${this.#minutes()}.`,
          );
        },
      });
    } catch (failure) {
      if (failure instanceof WebuiError && failure.code === 'webui-busy') throw tooLong(failure);
      throw failure;
    }
  }

  #minutes(): string {
    return duration(this.#options.limitSeconds);
  }
}
