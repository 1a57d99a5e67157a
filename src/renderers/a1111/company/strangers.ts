/**
 * Other people at the same server: their jobs are waited for, those that came between ours are noticed, and what they may
 * have spoilt is done once more.
 */
import { isWorkFile } from '../../../checkpoints/work-files.ts';
import type { Client } from '../../http/client.ts';
import { MODEL_FIELD, WebuiError } from '../../http/errors.ts';
import { isSameProcess } from '../attach.ts';
import type { Attachment } from '../attach.ts';
import { bareName, drawPlain, readSelection, restarted } from '../calls.ts';
import { Company } from './company.ts';
import type { CompanyOptions } from './company.ts';
import type { MergeSession } from '../backends/backend.ts';
import { waitUntilIdle } from '../progress.ts';
import type { ServerProgress } from '../schemas.ts';
import type { Others } from '../merge-in-force.ts';
import { isOtherSearch } from './other-searches.ts';
import { Witness, isShared, sharedError } from './witness.ts';

export interface StrangersOptions extends CompanyOptions {
  /** Checkpoints that are selected on our behalf: titles, paths or names. */
  readonly ours: () => readonly (string | null | undefined)[];
  /** A stranger's job that cannot have spoilt what is merged; the merge is to be proved again when there is time. */
  readonly onHarmless: () => void;
  /** A stranger's job that can have spoilt it: nothing that was known of the server holds any longer. */
  readonly onDisturbed: () => void;
}

export class Strangers implements Others {
  readonly #client: Client;
  readonly #options: StrangersOptions;
  readonly #company: Company;
  #witness: Witness | undefined;
  #isToldOfSearch = false;

  constructor(client: Client, options: StrangersOptions) {
    this.#client = client;
    this.#options = options;
    this.#company = new Company(client, options);
  }

  /** Of the process that runs now; undefined before `beginWatch`. */
  get witness(): Witness | undefined {
    return this.#witness;
  }

  get wereSeen(): boolean {
    return this.#company.wasSeen;
  }

  /** Another process, of which nothing was seen yet. @param hashOfA see `Witness` */
  beginWatch(hashOfA: string | null): void {
    this.#witness = new Witness(this.#client, hashOfA);
  }

  noteSetUp(seconds: number): void {
    this.#company.noteSetUp(seconds);
  }

  noteCalm(): void {
    this.#company.noteCalm();
  }

  /** @param ids of jobs that waited behind ours: said once, where one is of a search that our locks do not know */
  noteWaiting(ids: readonly string[]): void {
    if (this.#isToldOfSearch || !ids.some(isOtherSearch)) return;
    this.#isToldOfSearch = true;
    this.#options.onWarning(
      `A search by another computer or user is also using the WebUI at ${this.#client.address}. Their images cannot be mixed up, but each search slows the other: let one of them finish first.`,
    );
  }

  /** @throws the error where the merge may have suffered; else whoever proves it knows that it is time to */
  note({ livesInMemory }: MergeSession, error: WebuiError): void {
    if (livesInMemory === true) throw error;
    this.#options.onHarmless();
  }

  /** Other people's jobs end first. */
  async rest(signal: AbortSignal): Promise<ServerProgress> {
    const { pollSeconds, onWarning } = this.#options;
    return waitUntilIdle(this.#client, signal, {
      intervalSeconds: pollSeconds,
      quietIfBusySeconds: QUIET_LOOKS * pollSeconds,
      onWait: () =>
        onWarning(
          `The WebUI at ${this.#client.address} is busy with other jobs; waiting for them to finish.`,
        ),
    });
  }

  /** Before the merge is set up from nothing: the server at rest, with the file of model A in its memory. */
  async settle({ livesInMemory }: MergeSession, signal: AbortSignal): Promise<void> {
    const witness = this.#witness;
    witness?.note(await this.rest(signal));
    if (livesInMemory !== true || witness === undefined) return;
    if (!(await witness.holdsAnother(signal))) return;
    // After somebody's job with another checkpoint the selection names A, and A is read at the next image only.
    await drawPlain(this.#client, signal);
    witness.note(await this.rest(signal));
    await witness.holdsAnother(signal);
  }

  /** @throws WebuiError `webui-shared` when somebody was there since the last image; `webui-lost` when it is another process */
  async assertAlone(attachment: Attachment, signal: AbortSignal): Promise<void> {
    const { session } = attachment;
    const inMemory = session.livesInMemory === true;
    if ((await this.#witness?.isUndisturbed(inMemory, signal)) !== false) return;
    if (!(await isSameProcess(this.#client, attachment, signal))) throw restarted(this.#client);
    this.note(session, sharedError(this.#client, 'since the last image'));
  }

  /** As often as it takes until nobody else was there. */
  async alone<T>(signal: AbortSignal, work: (isAgain: boolean) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work(attempt > 0);
      } catch (error) {
        const shared = await this.#asShared(error, signal);
        if (shared === undefined) throw error;
        this.#options.onDisturbed();
        await this.#company.makeWay(shared, signal);
      }
    }
  }

  /** Within a few looks: weights that change in the middle of somebody's image spoil it. */
  async areAtWork(signal: AbortSignal): Promise<boolean> {
    if (!this.#company.isHere) return false;
    const { pollSeconds } = this.#options;
    const interval = { intervalSeconds: pollSeconds, limitSeconds: 2 * QUIET_LOOKS * pollSeconds };
    return waitUntilIdle(this.#client, signal, interval).then(
      () => false,
      () => true,
    );
  }

  /** A checkpoint that did not come, because somebody else selected a third one meanwhile, counts as company. */
  async #asShared(error: unknown, signal: AbortSignal): Promise<WebuiError | undefined> {
    if (isShared(error)) return error;
    if (!(error instanceof WebuiError)) return undefined;
    const isAnother = error.code === 'webui-wrong-reply' && error.field === MODEL_FIELD;
    if (!isAnother && error.code !== 'webui-model-not-loaded') return undefined;
    const ours = this.#options.ours().map(bareName);
    const selected = await readSelection(this.#client, signal);
    if (selected === null || ours.includes(bareName(selected))) return undefined;
    // A person who switches checkpoints is told so; another search does it all the time.
    if (isAnother && !isWorkFile(selected)) return undefined;
    return sharedError(this.#client, `and selected "${selected}"`);
  }
}

/** That a moment between two jobs of somebody is not taken for rest. */
const QUIET_LOOKS = 5;
