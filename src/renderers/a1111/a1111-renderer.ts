/** A running AUTOMATIC1111 WebUI as a renderer: one connection, one merge way, one request on the wire at a time. */
import { randomUUID } from 'node:crypto';
import { messageOf } from '../../errors.ts';
import type { Architecture, BlockWeights } from '../../space/blocks.ts';
import type { ImageRequest, Picture } from '../../types.ts';
import type { Capabilities, RenderJob, Renderer, ServerReport } from '../renderer.ts';
import { attach, isSameProcess, reportOf, restoreCheckpoint } from './attach.ts';
import type { Attachment } from './attach.ts';
import { createClient } from '../http/client.ts';
import type { Client, ClientOptions } from '../http/client.ts';
import { asFoundBeforeRun, leavesDoubt, webuiError } from '../http/errors.ts';
import { followAbort } from '../http/follow-abort.ts';
import { generate } from './generate.ts';
import type { GenerateOptions } from './generate.ts';
import type { MergeSession, MergeWay, MergeWayOptions } from './merge-ways/merge-way.ts';
import { mergeWaysFor } from './merge-ways/index.ts';

export interface A1111Options extends ClientOptions, MergeWayOptions {
  /** As a person names them: see `matchModel`. */
  readonly modelA: string;
  readonly modelB: string;
  readonly architecture: Architecture;
  /** The server saves every picture, for extensions that look at none otherwise. Default false. */
  readonly savesPictures?: boolean;
  /** Name of the merge way; `auto` (default) takes the first that the server has. */
  readonly backend?: string;
  /** How long `open` waits for a server that is starting. Default 0: it complains at once. */
  readonly waitSeconds?: number;
  /** How long a render waits for a server that went away. Default 0. */
  readonly reconnectSeconds?: number;
  /** A generation during which the server shows no movement for so long has failed. Default 300; 0 = never. */
  readonly stallSeconds?: number;
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
  /** Title of the checkpoint that was selected when we came; undefined before `open`. */
  #found: string | null | undefined;

  constructor(options: A1111Options, client: Client, ways: readonly [MergeWay, ...MergeWay[]]) {
    this.#options = options;
    this.#client = client;
    this.#ways = ways;
    this.#way = ways[0];
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

  async open(signal: AbortSignal): Promise<ServerReport> {
    try {
      const attachment = await this.#attach(this.#options.waitSeconds ?? 0, signal);
      await attachment.session.check?.(signal);
      return reportOf(attachment);
    } catch (error) {
      if (this.#found !== undefined) await this.#restore(this.#found);
      this.#found = undefined;
      throw asFoundBeforeRun(error);
    }
  }

  remarks(requests: readonly ImageRequest[]): readonly string[] {
    return this.#latest?.session.remarks?.(requests) ?? [];
  }

  async *render(job: RenderJob, signal: AbortSignal): AsyncGenerator<Picture> {
    const attachment = await this.#prepare(job.weights, signal);
    const consumer = followAbort(signal);
    let next = this.#start(attachment, job, 0, consumer.signal);
    try {
      for (let i = 0; next !== undefined; i++) {
        const pictures = await next;
        // On the wire before anybody looks at the pictures: the server must not wait for the scorer.
        next = this.#start(attachment, job, i + 1, consumer.signal);
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
    const { session } = await this.#attach(this.#options.reconnectSeconds ?? 0, signal);
    await this.#disarm(session, signal);
    await this.#arm(session, signal);
  }

  async saveCheckpoint(weights: BlockWeights, name: string, signal: AbortSignal): Promise<string> {
    const { session } = await this.#prepare(weights, signal);
    if (session.saveCheckpoint === undefined) {
      throw webuiError('webui-merge-refused', `${this.name} cannot save checkpoints.`);
    }
    return session.saveCheckpoint(weights, name, signal);
  }

  async close(): Promise<readonly string[]> {
    const left: string[] = [];
    const signal = AbortSignal.timeout(CLOSE_MS);
    if (this.#latest !== undefined && this.#merge !== 'off') {
      const failure = await this.#unload(this.#latest, signal);
      if (failure !== undefined) left.push(failure);
    }
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
    const { modelA, modelB, architecture, pollSeconds } = this.#options;
    const attachment = await attach(this.#client, {
      modelA,
      earlierA: this.#latest?.servedA,
      modelB,
      architecture,
      ways: this.#ways,
      wayOptions: this.#options,
      waitSeconds,
      pollSeconds: pollSeconds ?? 1,
      // Before the first change on the server, so that a failure half way can be undone.
      onFound: (checkpoint) => {
        if (this.#found === undefined) this.#found = checkpoint;
      },
      signal,
    });
    this.#latest?.session.abandon?.();
    this.#way = attachment.way;
    this.#epoch++;
    this.#attachment = attachment;
    this.#latest = attachment;
    this.#merge = 'unknown';
    return attachment;
  }

  async #restore(found: string | null): Promise<string | undefined> {
    return restoreCheckpoint(this.#client, found, {
      modelA: this.#options.modelA,
      earlierA: this.#latest?.servedA,
    });
  }

  async #prepare(weights: RenderJob['weights'], signal: AbortSignal): Promise<Attachment> {
    try {
      const attachment = await this.#current(weights, signal);
      const { session } = attachment;
      if (weights === 'model-a') {
        if (this.#merge !== 'off') await this.#disarm(session, signal);
        return attachment;
      }
      if (this.#merge === 'unknown') await this.#disarm(session, signal);
      if (this.#merge === 'off') await this.#arm(session, signal);
      await session.prepare(weights, signal);
      return attachment;
    } catch (error) {
      throw this.#doubt(error);
    }
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
    try {
      // A new process has nothing merged, and other numbers for its events.
      if (await isSameProcess(this.#client, attachment, signal)) {
        await this.#disarm(attachment.session, signal);
      }
      return undefined;
    } catch (error) {
      return `The merge could not be undone: ${messageOf(error)}`;
    }
  }

  async #disarm(session: MergeSession, signal: AbortSignal): Promise<void> {
    this.#merge = 'unknown';
    await session.disarm(signal);
    this.#merge = 'off';
  }

  async #arm(session: MergeSession, signal: AbortSignal): Promise<void> {
    this.#merge = 'unknown';
    await session.arm(signal);
    this.#merge = 'armed';
  }

  #start(
    attachment: Attachment,
    { weights, requests, onProgress }: RenderJob,
    position: number,
    signal: AbortSignal,
  ): Promise<readonly Picture[]> | undefined {
    const request = requests[position];
    if (request === undefined) return undefined;
    const pictures = this.#generate(attachment, request, weights, onProgress, signal);
    // It may fail while the consumer is busy with the pictures before; it is awaited, and thrown, afterwards.
    pictures.catch(() => {});
    return pictures;
  }

  async #generate(
    attachment: Attachment,
    request: ImageRequest,
    weights: RenderJob['weights'],
    onProgress: RenderJob['onProgress'],
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
      pollSeconds: this.#options.pollSeconds ?? 1,
      onProgress,
    };
    try {
      return await generate(this.#client, attachment, request, options, signal);
    } catch (error) {
      throw this.#doubt(error);
    }
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

/** Unloading waits for a generation that is being interrupted. */
const CLOSE_MS = 60_000;
