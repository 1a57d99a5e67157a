/** A running AUTOMATIC1111 WebUI as a renderer: one connection, one merge way, one request on the wire at a time. */
import { randomUUID } from 'node:crypto';
import { isWorkFile } from '../../checkpoints/work-files.ts';
import { messageOf } from '../../errors.ts';
import type { Architecture, BlockWeights } from '../../space/blocks.ts';
import type { ImageRequest, Picture } from '../../types.ts';
import type { Capabilities, RenderJob, Renderer, ServerReport } from '../renderer.ts';
import { attach, isSameProcess, reportOf, restoreCheckpoint, withHashes } from './attach.ts';
import type { Attachment } from './attach.ts';
import { asGone, bareName, drawPlain, readSelection, refreshList, restarted } from './calls.ts';
import { Company } from './company.ts';
import { Failures } from './failures.ts';
import { createClient } from '../http/client.ts';
import type { Client, ClientOptions } from '../http/client.ts';
import { MODEL_FIELD, WebuiError, asFoundBeforeRun, leavesDoubt, webuiError } from '../http/errors.ts';
import { followAbort } from '../http/follow-abort.ts';
import { generate } from './generate.ts';
import type { GenerateOptions } from './generate.ts';
import type { MergeSession, MergeWay, MergeWayOptions } from './merge-ways/merge-way.ts';
import { mergeWaysFor } from './merge-ways/index.ts';
import { StandingSettings } from './standing-settings.ts';
import { refuseCheckpoints } from './txt2img.ts';
import { withRemedy } from './spoiled-reply.ts';
import { isMadeInMemory } from './models.ts';
import { waitUntilIdle } from './progress.ts';
import type { ServerProgress } from './schemas.ts';
import { Witness, isShared, sharedError } from './witness.ts';

export interface A1111Options extends ClientOptions, MergeWayOptions {
  /** As a person names them: see `matchModel`. */
  readonly modelA: string;
  readonly modelB: string;
  readonly architecture: Architecture;
  /** The server saves every picture, for extensions that look at none otherwise. Default false. */
  readonly savesPictures?: boolean;
  /** Name of the merge way; `auto` (default) takes the first that the server has. */
  readonly backend?: string;
  /** Takes out, until `close`, what the WebUI's settings put in the place of the checkpoints' own parts. Default false. */
  readonly clearModules?: boolean;
  /** How long `open` waits for a server that is starting. Default 0: it complains at once. */
  readonly waitSeconds?: number;
  /** How long a render waits for a server that went away. Default 0. */
  readonly reconnectSeconds?: number;
  /** A generation during which the server shows no movement for so long has failed. Default 300; 0 = never. */
  readonly stallSeconds?: number;
  /** How long a render bears with other people's jobs that spoil its merge. Default 600. */
  readonly sharedSeconds?: number;
  /** Seconds between looks at the server (progress, reconnecting). Default 1. */
  readonly pollSeconds?: number;
}

/** @throws usage error for an address, login or merge way that cannot be right */
export function createA1111Renderer(options: A1111Options): Renderer {
  return new A1111Renderer(options, createClient(options), mergeWaysFor(options.backend ?? 'auto'));
}

class A1111Renderer implements Renderer {
  readonly #options: A1111Options;
  readonly #client: Client;
  readonly #ways: readonly [MergeWay, ...MergeWay[]];
  #way: MergeWay;
  /** Undefined = not connected, or what is known of the server is in doubt. */
  #attachment: Attachment | undefined;
  /** The last one, in doubt or not. */
  #latest: Attachment | undefined;
  /** What the UNet holds. `unknown` at first: an earlier run or a person may have left a merge in it. */
  #merge: 'unknown' | 'armed' | 'off' = 'unknown';
  /** See the contract; the first attachment is number 1. */
  #epoch = 0;
  readonly #settings: StandingSettings;
  /** Title of the checkpoint that was selected when we came; undefined before `open`. */
  #found: string | null | undefined;
  /** What is merged in the server's memory, while that is certain. */
  #weights: BlockWeights | undefined;
  readonly #failures: Failures;
  /** Of the last attachment. */
  #witness: Witness | undefined;
  readonly #company: Company;
  onNotice: Renderer['onNotice'];

  constructor(options: A1111Options, client: Client, ways: readonly [MergeWay, ...MergeWay[]]) {
    this.#options = options;
    this.#client = client;
    this.#ways = ways;
    this.#way = ways[0];
    this.#settings = new StandingSettings(options.clearModules);
    this.#failures = new Failures(client);
    this.#company = new Company(client, {
      limitSeconds: options.sharedSeconds ?? 600,
      pollSeconds: this.#pollSeconds,
      onNotice: (sentence) => this.onNotice?.(sentence),
    });
  }

  get name(): string {
    return `${this.#way.name} on the WebUI at ${this.#client.address}`;
  }

  get capabilities(): Capabilities {
    const { architecture } = this.#options;
    return this.#latest?.session.capabilities ?? this.#way.capabilities(architecture, this.#options);
  }

  get epoch(): number {
    return this.#epoch;
  }

  get merged(): BlockWeights | undefined {
    const inMemory = this.#attachment?.session.livesInMemory === true && this.#merge === 'armed';
    return inMemory ? this.#weights : undefined;
  }

  async open(signal: AbortSignal): Promise<ServerReport> {
    try {
      const wait = this.#options.waitSeconds ?? 0;
      const attachment = await this.#alone(signal, async () => this.#attach(wait, signal));
      return reportOf(attachment, this.#settings.unusual);
    } catch (error) {
      await this.#settings.restore(this.#client);
      if (this.#found !== undefined) await this.#restore(this.#found);
      this.#found = undefined;
      throw asFoundBeforeRun(error);
    }
  }

  async report(signal: AbortSignal): Promise<ServerReport | undefined> {
    if (this.#attachment === undefined) return undefined;
    const attachment = await withHashes(this.#client, this.#attachment, signal);
    this.#attachment = attachment;
    this.#latest = attachment;
    return reportOf(attachment, this.#settings.unusual);
  }

  remarks(requests: readonly ImageRequest[]): readonly string[] {
    for (const request of requests) refuseCheckpoints(request);
    return [...this.#settings.remarks(requests), ...(this.#latest?.session.remarks?.(requests) ?? [])];
  }

  async *render(job: RenderJob, signal: AbortSignal): AsyncGenerator<Picture> {
    const consumer = followAbort(signal);
    let next = this.#start(job, 0, consumer.signal);
    try {
      for (let i = 0; next !== undefined; i++) {
        const pictures = await next;
        // On the wire before anybody looks at the pictures: the server must not wait for the scorer.
        next = this.#start(job, i + 1, consumer.signal);
        yield* pictures;
      }
    } finally {
      // A consumer that stops early leaves a request behind, which the server would finish for nobody.
      consumer.abort();
      consumer.release();
      await next?.catch(() => {});
    }
  }

  async rearm(signal: AbortSignal): Promise<void> {
    this.#forget();
    const attachment = await this.#attach(this.#options.reconnectSeconds ?? 0, signal);
    await this.#settle(attachment, signal);
    await this.#disarm(attachment.session, signal);
    await this.#arm(attachment.session, signal);
  }

  async saveCheckpoint(weights: BlockWeights, name: string, signal: AbortSignal): Promise<string> {
    return this.#alone(signal, async () => {
      const { session } = await this.#prepare(weights, true, signal);
      if (session.saveCheckpoint !== undefined) return session.saveCheckpoint(weights, name, signal);
      throw webuiError('webui-merge-refused', `${this.name} cannot save checkpoints.`);
    });
  }

  async close(): Promise<readonly string[]> {
    const left: string[] = [];
    const signal = AbortSignal.timeout(CLOSE_MS);
    if (this.#latest !== undefined && this.#merge !== 'off') {
      const failure = await this.#unload(this.#latest, signal);
      if (failure !== undefined) left.push(failure);
    }
    left.push(...(await this.#settings.restore(this.#client)));
    if (this.#found !== undefined) {
      const failure = await this.#restore(this.#found);
      if (failure !== undefined) left.push(failure);
    }
    this.#forget();
    this.#latest = undefined;
    this.#found = undefined;
    await this.#client.close().catch(() => {});
    return left;
  }

  /** Connects, finds the merge way anew and selects model A; all of it is void after a restart of the server. */
  async #attach(waitSeconds: number, signal: AbortSignal): Promise<Attachment> {
    const { modelA, modelB, architecture } = this.#options;
    const attachment = await attach(this.#client, {
      modelA,
      earlierA: this.#latest?.servedA,
      modelB,
      architecture,
      // What was planned for one way must not be merged in another.
      ways: this.#latest === undefined ? this.#ways : [this.#latest.way],
      wayOptions: this.#options,
      settings: this.#settings,
      waitSeconds,
      pollSeconds: this.#pollSeconds,
      // Before the first change on the server, so that a failure half way can be undone.
      onFound: async (checkpoint) => {
        if (this.#found === undefined) this.#found = checkpoint;
        await this.#rest(signal);
      },
      signal,
    }).catch((error: unknown) => {
      throw this.#latest === undefined ? error : asGone(error, this.#latest.way.name, this.#client);
    });
    this.#latest?.session.abandon?.();
    this.#way = attachment.way;
    this.#epoch++;
    this.#attachment = attachment;
    this.#latest = attachment;
    this.#merge = 'unknown';
    await this.#failures.note(signal);
    this.#witness = new Witness(this.#client, attachment.servedA.sha256 ?? null);
    return attachment;
  }

  /** Other people's jobs end first. */
  async #rest(signal: AbortSignal): Promise<ServerProgress> {
    return waitUntilIdle(this.#client, signal, {
      intervalSeconds: this.#pollSeconds,
      quietIfBusySeconds: QUIET_LOOKS * this.#pollSeconds,
      onWait: () =>
        this.onNotice?.(
          `The WebUI at ${this.#client.address} is busy with other jobs; waiting for them to end.`,
        ),
    });
  }

  get #pollSeconds(): number {
    return this.#options.pollSeconds ?? 1;
  }

  async #restore(found: string | null): Promise<string | undefined> {
    const asked = { modelA: this.#options.modelA, earlierA: this.#latest?.servedA };
    const failure = await restoreCheckpoint(this.#client, found, asked);
    if (failure === undefined || found === null || isMadeInMemory(found)) return failure;
    // The list may be out of date: model-mixer makes names disappear from it.
    await refreshList(this.#client, AbortSignal.timeout(CLOSE_MS));
    return restoreCheckpoint(this.#client, found, asked);
  }

  /** @param isFirst time has passed since the last picture */
  async #prepare(weights: RenderJob['weights'], isFirst: boolean, signal: AbortSignal): Promise<Attachment> {
    try {
      const attachment = await this.#current(weights, signal);
      const { session } = attachment;
      const before = this.#merge;
      if (before === 'unknown') await this.#settle(attachment, signal);
      if (weights === 'model-a') {
        if (before !== 'off') await this.#disarm(session, signal);
      } else {
        if (before === 'unknown') await this.#disarm(session, signal);
        if (before !== 'armed') await this.#arm(session, signal);
        await session.prepare(weights, signal);
        this.#weights = weights;
      }
      if (isFirst || before !== this.#merge) await this.#assertAlone(attachment, signal);
      return attachment;
    } catch (error) {
      throw this.#doubt(error);
    }
  }

  /** Before the merge is set up from nothing: the server at rest, with the file of model A in its memory. */
  async #settle({ session }: Attachment, signal: AbortSignal): Promise<void> {
    const witness = this.#witness;
    witness?.note(await this.#rest(signal));
    if (session.livesInMemory !== true || witness === undefined) return;
    if (!(await witness.holdsAnother(signal))) return;
    // After somebody's job with another checkpoint the selection names A, and A is read at the next picture only.
    await drawPlain(this.#client, signal);
    witness.note(await this.#rest(signal));
    await witness.holdsAnother(signal);
  }

  async #assertAlone(attachment: Attachment, signal: AbortSignal): Promise<void> {
    const { session } = attachment;
    const inMemory = session.livesInMemory === true;
    if ((await this.#witness?.isUndisturbed(inMemory, signal)) !== false) return;
    if (!(await isSameProcess(this.#client, attachment, signal))) throw restarted(this.#client);
    this.#noteStranger(session, sharedError(this.#client, 'since the last picture'));
  }

  /** @throws the error where the merge may have suffered; else whoever proves it knows that it is time to */
  #noteStranger({ livesInMemory }: MergeSession, error: WebuiError): void {
    if (livesInMemory === true) throw error;
    this.#epoch++;
  }

  /** The attachment; before the state of the merge is changed, only if it is of the process that runs now. */
  async #current(weights: RenderJob['weights'], signal: AbortSignal): Promise<Attachment> {
    const attachment = this.#attachment;
    const inPlace = this.#merge === (weights === 'model-a' ? 'off' : 'armed');
    if (attachment !== undefined && (inPlace || (await isSameProcess(this.#client, attachment, signal)))) {
      return attachment;
    }
    return this.#attach(this.#options.reconnectSeconds ?? 0, signal);
  }

  async #unload(attachment: Attachment, signal: AbortSignal): Promise<string | undefined> {
    const { session } = attachment;
    const undo = async (): Promise<void> => {
      // A new process has nothing merged, and other numbers for its events.
      if (!(await isSameProcess(this.#client, attachment, signal))) return;
      await this.#disarm(session, signal);
      // Whoever else has merged there since must notice that it is gone, and a job is all that he can notice.
      if (session.livesInMemory === true && this.#company.wasSeen) await drawPlain(this.#client, signal);
    };
    if (this.#company.isHere && !(await this.#isFree(signal))) {
      return 'Somebody else is using it, so the merge in its memory was left alone; restart the WebUI to be rid of it.';
    }
    try {
      await undo();
      return undefined;
    } catch {
      // See `#restore`.
      await refreshList(this.#client, signal);
    }
    try {
      await undo();
      return undefined;
    } catch (error) {
      return `The merge could not be undone: ${messageOf(error)}`;
    }
  }

  /** Within a few looks: weights that change in the middle of somebody's picture spoil it. */
  async #isFree(signal: AbortSignal): Promise<boolean> {
    const interval = {
      intervalSeconds: this.#pollSeconds,
      limitSeconds: 2 * QUIET_LOOKS * this.#pollSeconds,
    };
    return waitUntilIdle(this.#client, signal, interval).then(
      () => true,
      () => false,
    );
  }

  async #disarm(session: MergeSession, signal: AbortSignal): Promise<void> {
    this.#merge = 'unknown';
    this.#weights = undefined;
    await session.disarm(signal);
    this.#merge = 'off';
  }

  async #arm(session: MergeSession, signal: AbortSignal): Promise<void> {
    this.#merge = 'unknown';
    this.#weights = undefined;
    const start = performance.now();
    await session.arm(signal);
    this.#company.noteSetUp((performance.now() - start) / 1000);
    this.#merge = 'armed';
  }

  #start(job: RenderJob, position: number, signal: AbortSignal): Promise<readonly Picture[]> | undefined {
    const request = job.requests[position];
    if (request === undefined) return undefined;
    const pictures = this.#draw(job, request, position === 0, signal);
    // It may fail while the consumer is busy with the pictures before; it is awaited, and thrown, afterwards.
    pictures.catch(() => {});
    return pictures;
  }

  async #draw(
    job: RenderJob,
    request: ImageRequest,
    isFirst: boolean,
    signal: AbortSignal,
  ): Promise<readonly Picture[]> {
    const pictures = await this.#alone(signal, async (isAgain) => {
      const attachment = await this.#prepare(job.weights, isFirst || isAgain, signal);
      return this.#generate(attachment, request, job, signal);
    });
    this.#company.noteCalm();
    return pictures;
  }

  /** As often as it takes until nobody else was there. */
  async #alone<T>(signal: AbortSignal, work: (isAgain: boolean) => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work(attempt > 0);
      } catch (error) {
        const shared = await this.#asShared(error, signal);
        if (shared === undefined) throw error;
        this.#forget();
        await this.#company.makeWay(shared, signal);
      }
    }
  }

  /** A checkpoint that did not come, because somebody else selected a third one meanwhile, counts as company. */
  async #asShared(error: unknown, signal: AbortSignal): Promise<WebuiError | undefined> {
    if (isShared(error)) return error;
    if (!(error instanceof WebuiError)) return undefined;
    const isAnother = error.code === 'webui-wrong-reply' && error.field === MODEL_FIELD;
    if (!isAnother && error.code !== 'webui-model-not-loaded') return undefined;
    const { modelA, modelB } = this.#options;
    const { servedA, servedB, session } = this.#latest ?? {};
    const merged = this.#weights && session?.expectedModel?.(this.#weights).names[0];
    const ours = [modelA, modelB, this.#found, servedA?.filename, servedB?.file, merged].map(bareName);
    const selected = await readSelection(this.#client, signal);
    if (selected === null || ours.includes(bareName(selected))) return undefined;
    // A person who switches checkpoints is told so; another search does it all the time.
    if (isAnother && !isWorkFile(selected)) return undefined;
    return sharedError(this.#client, `and selected "${selected}"`);
  }

  async #generate(
    attachment: Attachment,
    request: ImageRequest,
    { weights, onProgress }: RenderJob,
    signal: AbortSignal,
  ): Promise<readonly Picture[]> {
    const { session, modelA } = attachment;
    const merged = weights !== 'model-a';
    const options: GenerateOptions = {
      taskId: `task(autombw-${randomUUID()})`,
      decorate: (body) => (merged ? session.decorate(body, weights) : body),
      model: (merged ? session.expectedModel?.(weights) : session.expectedModelA) ?? modelA,
      isSaved: this.#options.savesPictures ?? false,
      stallSeconds: this.#options.stallSeconds ?? 300,
      pollSeconds: this.#pollSeconds,
      onProgress,
      witness: this.#witness,
      onStranger: (error) => this.#noteStranger(session, error),
      onAnswered: () => {
        isAnswered = true;
      },
    };
    let isAnswered = false;
    try {
      const pictures = await generate(this.#client, attachment, request, options, signal);
      this.#settings.assertHeld(pictures, this.#client.address);
      return pictures;
    } catch (error) {
      if (!isAnswered) this.#noteAbandoned(session);
      const explained = await this.#failures.explain(attachment, error, signal);
      throw this.#doubt(await withRemedy(this.#client, attachment, explained, signal));
    }
  }

  /** When a job that nobody waits for begins and ends, and who follows it, is not seen. */
  #noteAbandoned({ livesInMemory }: MergeSession): void {
    this.#witness?.forget();
    if (livesInMemory === true) this.#merge = 'unknown';
  }

  /** After most failures nothing is certain about the server: the next render starts from finding it. */
  #doubt(error: unknown): unknown {
    if (leavesDoubt(error)) this.#forget();
    return error;
  }

  #forget(): void {
    this.#attachment = undefined;
    this.#merge = 'unknown';
  }
}

/** That a moment between two jobs of somebody is not taken for rest. */
const QUIET_LOOKS = 5;
/** Unloading waits for a generation that is being interrupted. */
const CLOSE_MS = 60_000;
