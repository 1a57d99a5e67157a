/**
 * Notices other people's jobs. A job with a checkpoint of its own (`override_settings`, a refiner, a hires checkpoint)
 * makes the server read model A again afterwards, and an extension that merges in memory goes on believing that its blocks
 * are in place. No reply tells. But the server says when its last job began, to the second, which checkpoint file it has
 * read last, and whether a job still waits while another one runs.
 *
 * What stays unseen: what changes weights without a job and between two looks (somebody presses Load or Unload in the
 * panel of an extension), and a job that begins and ends in the same second as ours and between two looks at the queue.
 */
import type { Client } from '../../http/client.ts';
import { WebuiError, webuiError } from '../../http/errors.ts';
import { isBusy, readProgress } from '../progress.ts';
import { optionsSchema } from '../schemas.ts';
import type { ServerProgress } from '../schemas.ts';

/** What an idle server shows of its last job: the next one changes it, unless it is like the last one in all of this. */
interface Trace {
  readonly timestamp: string;
  readonly jobs: number;
  readonly steps: number;
}

/** The checkpoint that is selected, and the file that was read last: out of date at first, and after a foreign job. */
interface Selection {
  readonly name: string | null;
  readonly hash: string | null;
}

export class Witness {
  readonly #client: Client;
  /** SHA-256 of model A's file, as far as the server knows it. */
  readonly #hashOfA: string | null;
  /** Undefined until the server was seen at rest. */
  #trace: Trace | undefined;
  #selection: Selection | undefined;

  constructor(client: Client, hashOfA: string | null) {
    this.#client = client;
    this.#hashOfA = hashOfA;
  }

  /** Nothing but our own work came before this look. */
  note(progress: ServerProgress): void {
    this.#trace = traceOf(progress);
  }

  /** A job of ours has no reply: when it began is not known. */
  forget(): void {
    this.#trace = undefined;
  }

  /** Is another file in memory than model A's? Becomes what later looks are compared with. */
  async holdsAnother(signal: AbortSignal): Promise<boolean> {
    this.#selection = await this.#readSelection(signal);
    const { hash } = this.#selection;
    return hash !== null && this.#hashOfA !== null && hash !== this.#hashOfA;
  }

  /**
   * To be asked before an image, where time has passed since the last one.
   * @param withHash where a merge in memory is at stake; one request more
   * @returns false when somebody else's job came in between. Another selection is not told: the reply names it.
   */
  async isUndisturbed(withHash: boolean, signal: AbortSignal): Promise<boolean> {
    const [progress, now] = await Promise.all([
      readProgress(this.#client, signal),
      withHash ? this.#readSelection(signal) : undefined,
    ]);
    const trace = this.#trace;
    this.note(progress);
    if (trace !== undefined && (isBusy(progress) || !isSame(trace, traceOf(progress)))) return false;
    const before = this.#selection;
    if (now === undefined || before === undefined) return true;
    if (now.hash === before.hash || now.name !== before.name) return true;
    // Out of date at first, right once A has been read.
    this.#selection = now;
    return now.hash === this.#hashOfA;
  }

  /** For one image; to be made directly before it is asked for. */
  watch(): ImageWatch {
    return new ImageWatch(this.#trace?.timestamp);
  }

  /**
   * @param began the time in our reply
   * @param after looked at directly after the reply
   * @returns false when somebody else's job ran before ours or right after it. What comes after counts as well: whoever
   * sets up a merge of his own changes the weights first, perhaps in the middle of our image, and draws then.
   */
  accepts(watch: ImageWatch, began: string | null, after: ServerProgress): boolean {
    const last = after.state.job_timestamp ?? NEVER;
    // An old reply, which something in between keeps, says nothing of jobs; its image is recognised by its pixels.
    const isOld = began !== null && began !== last && watch.beganBefore(began);
    const ours = isOld ? null : began;
    // Whoever waits behind our job begins as it ends, and may be done before the look.
    if (watch.sawStranger(ours) || watch.waiting.length > 0 || isBusy(after)) return false;
    if (ours !== null && last !== NEVER && last !== ours) return false;
    this.note(after);
    return true;
  }

  async #readSelection(signal: AbortSignal): Promise<Selection> {
    const { sd_model_checkpoint: name = null, sd_checkpoint_hash: hash = null } = await this.#client.get(
      '/sdapi/v1/options',
      optionsSchema,
      signal,
    );
    return { name, hash };
  }
}

/** Collects what is seen between asking for an image and its reply. */
export class ImageWatch {
  readonly #before: string | undefined;
  readonly #seen = new Set<string>();
  /** Of jobs that were ours for certain: a request whose reply was lost is sent again. */
  readonly #own = new Set<string>();
  #isOurs = false;
  /** When jobs began that somebody stopped. */
  readonly #stopped = new Set<string>();
  readonly #waiting = new Set<string>();
  #waitedBehind = false;
  #ranBefore = false;

  constructor(before: string | undefined) {
    this.#before = before;
  }

  /** Our job runs: whoever was before it is done. */
  get isOurs(): boolean {
    return this.#isOurs;
  }

  /** Jobs that were seen to wait behind ours. */
  get waiting(): readonly string[] {
    return [...this.#waiting];
  }

  /** What the server says of our own job. */
  sawTask({ active, queued }: { readonly active: boolean; readonly queued: boolean }): void {
    // A job ran and ours still waits. (A job that begins shows for a moment before its entry leaves the list.)
    if (queued && this.#ranBefore) this.#waitedBehind = true;
    this.#isOurs = active;
  }

  /** What it says of the job that runs. */
  sawProgress(progress: ServerProgress): void {
    if (!isBusy(progress)) return;
    const timestamp = progress.state.job_timestamp ?? '';
    this.#seen.add(timestamp);
    if (progress.state.interrupted || progress.state.skipped === true) this.#stopped.add(timestamp);
    if (this.#isOurs) this.#own.add(timestamp);
    else this.#ranBefore = true;
  }

  sawWaiting(ids: readonly string[]): void {
    for (const id of ids) this.#waiting.add(id);
  }

  /** Was the job that began then seen to be interrupted or skipped? Of a request with several images no trace is left at its end. */
  wasStopped(began: string | null): boolean {
    return began !== null && this.#stopped.has(began);
  }

  /** Does a reply tell of a job before the one that was the last when we asked? */
  beganBefore(began: string): boolean {
    return (
      this.#before !== undefined && this.#before !== NEVER && began < this.#before && !this.#own.has(began)
    );
  }

  sawStranger(began: string | null): boolean {
    if (this.#waitedBehind) return true;
    if (began === null || this.#before === undefined) return false;
    return [...this.#seen].some((one) => one !== began && one !== this.#before && !this.#own.has(one));
  }
}

/** The image `id` cannot be used. @param around as in "around the image …" */
export function sharedError({ address }: Client, around: string): WebuiError {
  return webuiError(
    'webui-shared',
    `Somebody else's job ran on the WebUI at ${address} ${around}, which can corrupt a merge in its memory.`,
  );
}

export function isShared(error: unknown): error is WebuiError {
  return error instanceof WebuiError && error.code === 'webui-shared';
}

/** What a server shows before its first job. */
const NEVER = '0';

function traceOf({ state }: ServerProgress): Trace {
  return { timestamp: state.job_timestamp ?? '', jobs: state.job_no, steps: state.sampling_steps };
}

function isSame(a: Trace, b: Trace): boolean {
  return a.timestamp === b.timestamp && a.jobs === b.jobs && a.steps === b.steps;
}
