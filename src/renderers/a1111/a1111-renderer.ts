/** A running AUTOMATIC1111 WebUI as a renderer: one connection, one backend, one request on the wire at a time. */
import type { Architecture, BlockWeights } from '../../space/blocks.ts';
import type { ImageRequest, Image } from '../../types.ts';
import { createClient, type Client, type ClientOptions } from '../http/client.ts';
import { WebuiError, asFoundBeforeRun, leavesDoubt, webuiError } from '../http/errors.ts';
import { followAbort } from '../../shared/abort/follow-abort.ts';
import type { Capabilities, LocalModels, RenderJob, Renderer, ServerReport } from '../renderer.ts';
import { isSameProcess, reportOf, type Attachment } from './attach.ts';
import { API_SECONDS } from './connect.ts';
import { Failures } from './failures.ts';
import { defaultWarnings, withFamilyDefaults } from './family-defaults.ts';
import { checkNames } from './images/sampler-names.ts';
import { sizeWarnings } from './images/size-warnings.ts';
import { generate, type GenerateOptions } from './images/generate.ts';
import { backendsFor } from './backends/index.ts';
import { whyNoLoraBlocks } from './backends/lora-block-weight.ts';
import type { MergeSession, MergedBody, Backend, BackendOptions } from './backends/backend.ts';
import { ServerLink } from './server-link.ts';
import type { ServerSettings } from './server-settings.ts';
import { withRemedy } from './spoiled-reply.ts';
import { findLora } from './loras.ts';
import { MergeInForce, undoMerge } from './merge-in-force.ts';
import { newTaskId, refuseOtherSearch } from './company/other-searches.ts';
import { Strangers } from './company/strangers.ts';
import { refuseCheckpoints } from './images/txt2img.ts';

export interface A1111Options extends ClientOptions, BackendOptions {
  /** As a person names them: see `matchModel`. */
  readonly modelA: string;
  readonly modelB: string;
  readonly architecture: Architecture;
  /** The server saves every image, for extensions that look at none otherwise. Default false. */
  readonly savesImages?: boolean;
  /** Name of the backend; `auto` (default) takes the first that the server has. */
  readonly backend?: string;
  /** Takes out, until `close`, what the WebUI's settings put in the place of the checkpoints' own parts. Default false. */
  readonly clearModules?: boolean;
  /** How long `open` waits for a server that is starting. Default 0: it complains at once. */
  readonly waitSeconds?: number;
  /** How long a server that answers without its API is taken for one that is starting. Default 10. */
  readonly apiSeconds?: number;
  /** How long a render waits for a server that went away. Default 0. */
  readonly reconnectSeconds?: number;
  /** A generation during which the server shows no movement for so long has failed. Default 300; 0 = never. */
  readonly stallSeconds?: number;
  /** How long a render bears with other people's jobs that spoil its merge. Default 600. */
  readonly sharedSeconds?: number;
  /** Seconds between looks at the server (progress, reconnecting). Default 1. */
  readonly pollSeconds?: number;
}

/** @throws usage error for an address, login or backend that cannot be right */
export function createA1111Renderer(options: A1111Options): Renderer {
  return new A1111Renderer(
    options,
    createClient(options),
    backendsFor(options.backend ?? 'auto', options.methods),
  );
}

class A1111Renderer implements Renderer {
  readonly #options: A1111Options;
  readonly #client: Client;
  readonly #link: ServerLink;
  readonly #merge: MergeInForce;
  readonly #strangers: Strangers;
  readonly #failures: Failures;
  onWarning: Renderer['onWarning'];

  constructor(options: A1111Options, client: Client, ways: readonly [Backend, ...Backend[]]) {
    const { clearModules = false, sharedSeconds = 600, pollSeconds = 1, apiSeconds = API_SECONDS } = options;
    this.#options = options;
    this.#client = client;
    this.#failures = new Failures(client);
    this.#merge = new MergeInForce((seconds) => this.#strangers.noteSetUp(seconds));
    this.#link = new ServerLink(client, {
      ...options,
      ways,
      clearModules,
      pollSeconds,
      apiSeconds,
      rest: async (signal) => this.#strangers.rest(signal),
      assertFree: async (selected, signal) => refuseOtherSearch(client, selected, pollSeconds, signal),
    });
    this.#strangers = new Strangers(client, {
      limitSeconds: sharedSeconds,
      pollSeconds,
      onWarning: (sentence) => this.onWarning?.(sentence),
      ours: () => [...this.#link.checkpoints, this.#mergedFile],
      onHarmless: () => this.#link.countAsNew(),
      onDisturbed: () => this.#forget(),
    });
  }

  get name(): string {
    return `${this.#link.way.name} on the WebUI at ${this.#client.address}`;
  }

  get address(): string {
    return this.#client.address;
  }

  get capabilities(): Capabilities {
    const { latest, way } = this.#link;
    return latest?.session.capabilities ?? way.capabilities(this.#options.architecture, this.#options);
  }

  get epoch(): number {
    return this.#link.epoch;
  }

  get merged(): BlockWeights | undefined {
    return this.#link.current?.session.livesInMemory === true ? this.#merge.held : undefined;
  }

  get localModels(): LocalModels | undefined {
    return this.#link.latest?.session.localModels;
  }

  async open(signal: AbortSignal): Promise<ServerReport> {
    try {
      const wait = this.#options.waitSeconds ?? 0;
      const attachment = await this.#strangers.alone(signal, async () => this.#attach(wait, signal));
      return reportOf(attachment, this.#link.settings.unusual);
    } catch (error) {
      await this.#link.putBack();
      throw asFoundBeforeRun(error);
    }
  }

  async report(signal: AbortSignal): Promise<ServerReport | undefined> {
    return this.#link.report(signal);
  }

  warnings(requests: readonly ImageRequest[]): readonly string[] {
    for (const request of requests) refuseCheckpoints(request);
    const { settings, latest } = this.#link;
    if (latest !== undefined) checkNames(requests, latest);
    return [
      ...this.#link.warnings,
      ...sizeWarnings(requests),
      ...settings.warnings(requests),
      ...defaultWarnings(requests, this.#options),
      ...(latest?.session.warnings?.(requests) ?? []),
    ];
  }

  async findLoras(asked: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    const found = await Promise.all(asked.map(async (name) => findLora(this.#client, name, signal)));
    return found.map(({ name }) => name);
  }

  async whyNoLoraBlocks(signal: AbortSignal): Promise<string | undefined> {
    return whyNoLoraBlocks(this.#client, this.#options.architecture, signal);
  }

  async *render({ isWanted, ...given }: RenderJob, signal: AbortSignal): AsyncGenerator<Image> {
    const isNeeded = ({ id, seeds }: ImageRequest): boolean =>
      seeds.some((_, index) => isWanted?.(id, index) !== false);
    const job = { ...given, requests: given.requests.filter(isNeeded) };
    const consumer = followAbort(signal);
    let next = this.#start(job, 0, consumer.signal);
    try {
      for (let i = 0; next !== undefined; i++) {
        const images = await next;
        // On the wire before anybody looks at the images: the server must not wait for the scorer.
        next = this.#start(job, i + 1, consumer.signal);
        yield* images;
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
    await this.#strangers.settle(session, signal);
    await this.#merge.setUp(session, signal);
  }

  async saveCheckpoint(weights: BlockWeights, name: string, signal: AbortSignal): Promise<string> {
    return this.#strangers.alone(signal, async () => {
      const { session } = await this.#prepare(weights, true, signal);
      if (session.saveCheckpoint !== undefined) return session.saveCheckpoint(weights, name, signal);
      throw webuiError('webui-merge-refused', `${this.name} cannot save checkpoints.`);
    });
  }

  async close(): Promise<readonly string[]> {
    const left: string[] = [];
    const signal = AbortSignal.timeout(CLOSE_MS);
    const { latest } = this.#link;
    if (latest !== undefined && !this.#merge.isOff) {
      const failure = await undoMerge(this.#client, latest, this.#merge, this.#strangers, signal);
      if (failure !== undefined) left.push(failure);
    }
    left.push(...(await this.#link.putBack()));
    this.#forget();
    this.#link.drop();
    await this.#client.close().catch(() => {});
    return left;
  }

  #start(job: RenderJob, position: number, signal: AbortSignal): Promise<readonly Image[]> | undefined {
    const request = job.requests[position];
    if (request === undefined) return undefined;
    const images = this.#draw(job, request, position === 0, signal);
    // It may fail while the consumer is busy with the images before; it is awaited, and thrown, afterwards.
    images.catch(() => {});
    return images;
  }

  async #draw(
    job: RenderJob,
    request: ImageRequest,
    isFirst: boolean,
    signal: AbortSignal,
  ): Promise<readonly Image[]> {
    const images = await this.#strangers.alone(signal, async (isAgain) => {
      const attachment = await this.#prepare(job.weights, isFirst || isAgain, signal);
      return this.#generate(attachment, request, job, signal);
    });
    this.#strangers.noteCalm();
    return images;
  }

  /** @param isFirst time has passed since the last image */
  async #prepare(weights: RenderJob['weights'], isFirst: boolean, signal: AbortSignal): Promise<Attachment> {
    try {
      const attachment = await this.#attachedFor(weights, signal);
      const { session } = attachment;
      if (this.#merge.isUnknown) await this.#strangers.settle(session, signal);
      const isSetUp = await this.#merge.bring(session, weights, signal);
      if (isFirst || isSetUp) await this.#strangers.assertAlone(attachment, signal);
      return attachment;
    } catch (error) {
      throw this.#doubt(error);
    }
  }

  /** The attachment; before the state of the merge is changed, only if it is of the process that runs now. */
  async #attachedFor(weights: RenderJob['weights'], signal: AbortSignal): Promise<Attachment> {
    const { current } = this.#link;
    const isReady = this.#merge.isReadyFor(weights);
    if (current !== undefined && (isReady || (await isSameProcess(this.#client, current, signal)))) {
      return current;
    }
    return this.#attach(this.#options.reconnectSeconds ?? 0, signal);
  }

  async #attach(waitSeconds: number, signal: AbortSignal): Promise<Attachment> {
    const attachment = await this.#link.find(waitSeconds, signal);
    this.#merge.forget();
    await this.#failures.note(signal);
    this.#strangers.beginWatch(attachment.servedA.sha256 ?? null);
    return attachment;
  }

  async #generate(
    attachment: Attachment,
    request: ImageRequest,
    { weights, onProgress }: RenderJob,
    signal: AbortSignal,
  ): Promise<readonly Image[]> {
    const { session, modelA } = attachment;
    const merged = weights !== 'model-a';
    const whole = (body: MergedBody): MergedBody => withFamilyDefaults(body, this.#options);
    const options: GenerateOptions = {
      taskId: newTaskId(),
      decorate: (body) => (merged ? session.decorate(whole(body), weights) : whole(body)),
      model: (merged ? session.expectedModel?.(weights) : session.expectedModelA) ?? modelA,
      isSaved: this.#options.savesImages ?? false,
      stallSeconds: this.#options.stallSeconds ?? 300,
      pollSeconds: this.#options.pollSeconds ?? 1,
      onProgress,
      witness: this.#strangers.witness,
      onStranger: (error) => this.#strangers.note(session, error),
      onAnswered: (settings) => void (found = settings),
      onCompany: (ids) => this.#strangers.noteWaiting(ids),
    };
    let found: ServerSettings | undefined;
    try {
      const images = await generate(this.#client, attachment, request, options, signal);
      const { settings } = this.#link;
      settings.assertHeld(images, this.#client.address);
      settings.assertUnchanged(found ?? {}, request, this.#client.address);
      return images;
    } catch (error) {
      if (found === undefined) this.#noteAbandoned(session);
      const explained = await this.#failures.explain(attachment, error, signal);
      const failure = await withRemedy(this.#client, attachment, explained, signal);
      throw this.#doubt(
        failure instanceof WebuiError ? failure.with({ image: { request: request.id } }) : failure,
      );
    }
  }

  /** When a job that nobody waits for begins and ends, and who follows it, is not seen. */
  #noteAbandoned({ livesInMemory }: MergeSession): void {
    this.#strangers.witness?.forget();
    if (livesInMemory === true) this.#merge.forget();
  }

  /** The checkpoint that holds the merge, where the way writes one. */
  get #mergedFile(): string | undefined {
    const { latest: weights } = this.#merge;
    return weights && this.#link.latest?.session.expectedModel?.(weights).names[0];
  }

  /** After most failures nothing is certain about the server: the next render starts from finding it. */
  #doubt(error: unknown): unknown {
    if (leavesDoubt(error)) this.#forget();
    return error;
  }

  #forget(): void {
    this.#link.forget();
    this.#merge.forget();
  }
}

/** Unloading waits for a generation that is being interrupted. */
const CLOSE_MS = 60_000;
