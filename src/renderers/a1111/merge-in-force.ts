/** What the server holds merged, as far as that is certain, and what it takes to come to other weights or to be rid of it. */
import { afterColon } from '../../shared/after-colon.ts';
import { awakeTime } from '../../shared/awake-time.ts';
import { messageOf } from '../../shared/errors.ts';
import type { BlockWeights } from '../../space/blocks.ts';
import type { Client } from '../http/client.ts';
import type { RenderJob } from '../renderer.ts';
import { isSameProcess } from './attach.ts';
import type { Attachment } from './attach.ts';
import { drawPlain, refreshList } from './calls.ts';
import type { MergeSession } from './backends/backend.ts';

export class MergeInForce {
  /** `unknown` at first: an earlier run or a person may have left a merge there. */
  #state: 'unknown' | 'armed' | 'off' = 'unknown';
  #weights: BlockWeights | undefined;
  readonly #onSetUp: (seconds: number) => void;

  /** @param onSetUp told how long it took to make the server ready to merge */
  constructor(onSetUp: (seconds: number) => void) {
    this.#onSetUp = onSetUp;
  }

  /** Nothing is known, so that it has to be set up from nothing. */
  get isUnknown(): boolean {
    return this.#state === 'unknown';
  }

  /** Nothing is merged, for certain. */
  get isOff(): boolean {
    return this.#state === 'off';
  }

  /** The weights that are merged, while that is certain. */
  get held(): BlockWeights | undefined {
    return this.#state === 'armed' ? this.#weights : undefined;
  }

  /** The weights that were merged last, certain or not. */
  get latest(): BlockWeights | undefined {
    return this.#weights;
  }

  /** Can images of these be asked for without setting anything up? */
  isReadyFor(weights: RenderJob['weights']): boolean {
    return this.#state === (weights === 'model-a' ? 'off' : 'armed');
  }

  /** Where nothing is known, the server is to be at rest with model A in its memory. @returns whether anything was set up for it */
  async bring(session: MergeSession, weights: RenderJob['weights'], signal: AbortSignal): Promise<boolean> {
    const before = this.#state;
    if (weights === 'model-a') {
      if (before !== 'off') await this.disarm(session, signal);
    } else {
      if (before === 'unknown') await this.disarm(session, signal);
      if (before !== 'armed') await this.#arm(session, signal);
      await session.prepare(weights, signal);
      this.#weights = weights;
    }
    return before !== this.#state;
  }

  /** From nothing, whatever is there. */
  async setUp(session: MergeSession, signal: AbortSignal): Promise<void> {
    await this.disarm(session, signal);
    await this.#arm(session, signal);
  }

  async disarm(session: MergeSession, signal: AbortSignal): Promise<void> {
    this.#state = 'unknown';
    this.#weights = undefined;
    await session.disarm(signal);
    this.#state = 'off';
  }

  forget(): void {
    this.#state = 'unknown';
  }

  async #arm(session: MergeSession, signal: AbortSignal): Promise<void> {
    this.#state = 'unknown';
    this.#weights = undefined;
    const start = awakeTime();
    await session.arm(signal);
    this.#onSetUp((awakeTime() - start) / 1000);
    this.#state = 'armed';
  }
}

/** What the end of a run must know of others who use the server. */
export interface Others {
  /** Somebody was there at some time. */
  readonly wereSeen: boolean;
  /** Is somebody in the middle of something? */
  areAtWork(signal: AbortSignal): Promise<boolean>;
}

/** Leaves the server's memory as it was found. Never throws. @returns a sentence when it could not */
export async function undoMerge(
  client: Client,
  attachment: Attachment,
  merge: MergeInForce,
  others: Others,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { session } = attachment;
  const undo = async (): Promise<void> => {
    // A new process has nothing merged in its memory, and other numbers for its events; merged files it still has.
    if (session.abandon === undefined && !(await isSameProcess(client, attachment, signal))) return;
    await merge.disarm(session, signal);
    // Whoever else has merged there since must notice that it is gone, and a job is all that he can notice.
    if (session.livesInMemory === true && others.wereSeen) await drawPlain(client, signal);
  };
  if (await others.areAtWork(signal)) {
    return 'Somebody else is using it, so the merge was left in its memory; restart the WebUI to remove it.';
  }
  try {
    await undo();
    return undefined;
  } catch {
    // The list may be out of date: model-mixer makes names disappear from it.
    await refreshList(client, signal);
  }
  try {
    await undo();
    return undefined;
  } catch (error) {
    session.abandon?.();
    return `The merge could not be undone: ${afterColon(messageOf(error))}`;
  }
}
