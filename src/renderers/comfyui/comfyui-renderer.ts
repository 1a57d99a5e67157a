/** A running ComfyUI as a renderer: the images of a trial are one prompt, which merges and makes all of them. */
import type { Architecture, BlockWeights } from '../../space/blocks.ts';
import type { ImageRequest, Image } from '../../types.ts';
import { WebuiError, asFoundBeforeRun, isSpoiledReply, leavesDoubt, webuiError } from '../http/errors.ts';
import type { StruckImage } from '../http/errors.ts';
import type { Capabilities, LocalModels, RenderJob, Renderer, ServerReport } from '../renderer.ts';
import { attach, type Attachment } from './attach.ts';
import type { FurtherModels } from './merge/further-models.ts';
import { MERGE_WAY } from './graph/terms.ts';
import { capabilitiesOf } from './capabilities.ts';
import { MERGED_FILES, capabilitiesOfFiles, type BakedLoras } from '../merged-files.ts';
import { capabilitiesOfModelA } from '../model-a.ts';
import { LORAS_ALONE } from '../prompt-loras.ts';
import { connectComfy, type ComfyClientOptions, type ComfyConnection } from './client.ts';
import { cancelPrompt } from './queue/prompts.ts';
import { PromptNumbers } from './queue/prompt-numbers.ts';
import { nameOfLora } from './models.ts';
import { fetchImage } from './images.ts';
import { asPassing, asPostponed } from './errors.ts';
import { warningsOn, replacedWarnings } from './warnings.ts';
import { refuseOtherSearch } from './queue/other-searches.ts';
import { newMark, type SearchMark } from './queue/search-mark.ts';
import { runPrompt } from './queue/run-prompt.ts';
import type { RunPromptOptions } from './queue/run-prompt.ts';
import { reportOf, requireSameNodes, wayOf } from './server-report.ts';
import { saveCheckpoint } from './save-checkpoint.ts';
import type { UserWorkflow } from './graph/workflow-file.ts';
import { buildWorkflow, imageOfNode, portionsOf } from './graph/workflow.ts';
import { awakeTime } from '../../shared/awake-time.ts';

export interface ComfyOptions extends ComfyClientOptions, FurtherModels {
  /** As a person names them: see `matchCheckpoint`. */
  readonly modelA: string;
  readonly modelB: string;
  readonly architecture: Architecture;
  /**
   * `comfyui`: its nodes merge. `checkpoint`: merged files. `loras`: nothing is merged, and model B is not looked for. `auto` (default): nodes where they can, and merged files where not and there is a
   * folder for them.
   */
  readonly backend?: string;
  /** The folder that holds the models as a path of this machine. */
  readonly modelsDir?: string;
  /** See `MergedFilesOptions`. */
  readonly adjusts?: readonly string[];
  readonly bakes?: BakedLoras;
  /** How long `open` waits for a server that is starting. Default 0: it complains at once. */
  readonly waitSeconds?: number;
  /** How long a render waits for a server that went away. Default 0. */
  readonly reconnectSeconds?: number;
  /** A prompt that runs without movement for so long has failed. Default 300; 0 = never. */
  readonly stallSeconds?: number;
  /** Seconds between looks at the server where its WebSocket is silent or gone. Default 1. */
  readonly pollSeconds?: number;
  /** The user's own chain of nodes in place of the usual one. */
  readonly workflow?: UserWorkflow;
  /** Files of the server for models that hold a network alone; looked for by their names unless given. */
  readonly textEncoders?: readonly string[] | undefined;
  readonly vae?: string | undefined;
  /** What other clients of the server are told that its prompts are for: the name of the merged model. */
  readonly runName?: string | undefined;
}

/** @throws usage error for an address or login that cannot be right */
export function createComfyRenderer(options: ComfyOptions): Renderer {
  return new ComfyRenderer(options, connectComfy(options));
}

class ComfyRenderer implements Renderer {
  readonly #options: ComfyOptions;
  readonly #connection: ComfyConnection;
  /** Undefined = not connected, or what is known of the server is in doubt. */
  #attachment: Attachment | undefined;
  /** The last one, in doubt or not. */
  #latest: Attachment | undefined;
  /** See the contract; the first attachment is number 1. */
  #epoch = 0;
  /** Prompts that the server may still have. */
  readonly #active = new Set<string>();
  /** Classes that the server has put in place of the workflow file's own without a word before. */
  readonly #replaced = new Map<string, string>();
  readonly #numbers = new PromptNumbers();

  constructor(options: ComfyOptions, connection: ComfyConnection) {
    this.#options = options;
    this.#connection = connection;
  }

  get name(): string {
    const { address } = this.#connection.client;
    if (this.#options.backend === LORAS_ALONE) return `${LORAS_ALONE} on ComfyUI at ${address}`;
    return this.#hasMergedFiles ? `${MERGED_FILES} on ComfyUI at ${address}` : `${MERGE_WAY} at ${address}`;
  }

  get address(): string {
    return this.#connection.client.address;
  }

  get capabilities(): Capabilities {
    const { architecture, backend } = this.#options;
    if (backend === LORAS_ALONE) return capabilitiesOfModelA(architecture);
    return this.#hasMergedFiles
      ? capabilitiesOfFiles(architecture, this.#options)
      : capabilitiesOf(architecture, this.#latest, this.#options);
  }

  get epoch(): number {
    return this.#epoch;
  }

  get localModels(): LocalModels | undefined {
    return this.#latest?.merged?.local;
  }

  async open(signal: AbortSignal): Promise<ServerReport> {
    try {
      return reportOf(await this.#attach(this.#options.waitSeconds ?? 0, signal));
    } catch (error) {
      throw asFoundBeforeRun(error);
    }
  }

  warnings(requests: readonly ImageRequest[]): readonly string[] {
    const { merged } = this.#latest ?? {};
    return [...warningsOn(requests, this.#options.workflow, this.#latest), ...(merged?.warnings() ?? [])];
  }

  async findLoras(asked: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    const { catalog } = await this.#current(signal);
    return asked.map((name) => nameOfLora(name, catalog.loras));
  }

  async whyNoLoraBlocks(): Promise<string> {
    return 'the LoRA nodes of ComfyUI do not take strengths by block; use --backend checkpoint with --models-dir, which bakes the LoRAs into files.';
  }

  async *render(job: RenderJob, signal: AbortSignal): AsyncGenerator<Image> {
    // The nodes that load and merge are the same in all of them: ComfyUI runs them once.
    for (const portion of portionsOf(job)) yield* this.#renderPrompt({ ...job, ...portion }, signal);
  }

  async *#renderPrompt(job: RenderJob, signal: AbortSignal): AsyncGenerator<Image> {
    const { client } = this.#connection;
    const imageOf = (node: string): StruckImage | undefined => imageOfNode(node, job.requests);
    try {
      const attachment = await this.#current(signal);
      const { modelA, catalog, source, transformer } = attachment;
      const { workflow, pollSeconds = 1 } = this.#options;
      await source.prepare?.(job.weights, signal);
      const { outputs, ...sent } = buildWorkflow(job, {
        source,
        drawing: transformer?.drawing,
        catalog,
        workflow,
      });
      const onProgress = (node: string, step: number, steps: number): void => {
        const image = imageOf(node);
        if (image !== undefined) job.onProgress?.({ requestId: image.request, step, steps });
      };
      const nodes = new Set(outputs.keys());
      let since = awakeTime();
      const onQueued: RunPromptOptions['onQueued'] = async (prompt) =>
        this.#numbers.note(client, prompt, signal);
      const options = { ...this.#runOptions(onProgress), imageOf, onQueued };
      const images = runPrompt(this.#connection, sent, nodes, options, signal);
      let isFetched = false;
      let lost: unknown;
      for await (const { node, image, at } of images) {
        const planned = outputs.get(node);
        if (planned === undefined) continue;
        const seconds = Math.max(0, at - since) / 1000;
        since = at;
        let fetched: Image;
        try {
          fetched = await fetchImage(client, image, planned, modelA, { seconds, pollSeconds }, signal);
        } catch (error) {
          // Where another came, only this one is spoilt: the others of the prompt are made anyway, and are fetched.
          if (signal.aborted || !isFetched || lost !== undefined || !isSpoiledReply(error)) throw error;
          lost = error;
          continue;
        }
        isFetched = true;
        yield fetched;
      }
      if (lost !== undefined) throw lost;
    } catch (error) {
      throw this.#doubt(this.#attachment === undefined ? error : asPostponed(error));
    }
  }

  async rearm(signal: AbortSignal): Promise<void> {
    this.#attachment = undefined;
    await this.#attach(this.#options.reconnectSeconds ?? 0, signal);
    // Models and results that are kept from before: a file replaced under its name is not noticed otherwise.
    await this.#connection.client.send('/free', { unload_models: true, free_memory: true }, signal, {
      retry: true,
    });
  }

  async saveCheckpoint(weights: BlockWeights, name: string, signal: AbortSignal): Promise<string> {
    const attachment = await this.#current(signal);
    if (attachment.merged !== undefined) return attachment.merged.files.save(weights, name, signal);
    if (!attachment.savesCheckpoint) {
      throw webuiError(
        'webui-merge-refused',
        `${this.name} has no node ${attachment.transformer?.saver ?? 'CheckpointSave'}, so it cannot save checkpoints.`,
      );
    }
    const { source, transformer } = attachment;
    const job = { source, saver: transformer?.saver, weights, name };
    try {
      await source.prepare?.(weights, signal);
      return await saveCheckpoint(
        this.#connection,
        job,
        this.#runOptions(() => {}),
        signal,
      );
    } catch (error) {
      throw this.#doubt(error);
    }
  }

  /** Nothing on the server was changed; prompts that still run are taken back, merged files deleted. Tells of nodes that were replaced. */
  async close(): Promise<readonly string[]> {
    const { client } = this.#connection;
    await Promise.all([...this.#active].map(async (id) => cancelPrompt(client, id)));
    this.#active.clear();
    this.#attachment = undefined;
    const left = (await this.#latest?.merged?.end()) ?? [];
    await client.close().catch(() => {});
    return [...left, ...replacedWarnings(this.#replaced, this.#options.workflow)];
  }

  async #attach(waitSeconds: number, signal: AbortSignal): Promise<Attachment> {
    const {
      pollSeconds = 1,
      modelsDir,
      others,
      methods,
      shares,
      textEncoders,
      vae,
      ...options
    } = this.#options;
    const { modelA, modelB, architecture, workflow } = options;
    const before = this.#latest;
    const attachment = await attach(
      this.#connection.client,
      {
        modelA,
        modelB,
        architecture,
        workflow,
        textEncoders,
        vae,
        // What was planned for one way must not be merged in another.
        backend: before === undefined ? (this.#options.backend ?? 'auto') : wayOf(before),
        modelsDir,
        others,
        methods,
        bakes: this.#options.bakes,
        shares,
        hasModelB: this.#options.adjusts === undefined,
        waitSeconds,
        pollSeconds,
      },
      signal,
    ).catch((error: unknown) => {
      throw before === undefined ? error : asPassing(error);
    });
    if (before === undefined) {
      await refuseOtherSearch(this.#connection.client, signal);
      await attachment.merged?.files.ready(signal, this.#options.methods);
    } else requireSameNodes(before, attachment, architecture, this.name);
    // Whatever the server has of them is in doubt.
    before?.merged?.files.remove();
    this.#numbers.forget();
    this.#epoch++;
    this.#attachment = attachment;
    this.#latest = attachment;
    return attachment;
  }

  async #current(signal: AbortSignal): Promise<Attachment> {
    return this.#attachment ?? this.#attach(this.#options.reconnectSeconds ?? 0, signal);
  }

  #runOptions(onProgress: RunPromptOptions['onProgress']): RunPromptOptions {
    const { stallSeconds = 300, attemptTimeoutSeconds = 0, pollSeconds = 1 } = this.#options;
    const onReplaced = (classes: ReadonlyMap<string, string>): void => {
      for (const [old, now] of classes) {
        if (this.#latest?.replaced.get(old) !== now) this.#replaced.set(old, now);
      }
    };
    const active = this.#active;
    const mark = (): SearchMark => newMark(this.#options.runName);
    return { mark, onProgress, stallSeconds, attemptTimeoutSeconds, pollSeconds, active, onReplaced };
  }

  /** What was asked for, before the server is known. */
  get #hasMergedFiles(): boolean {
    return this.#latest === undefined
      ? this.#options.backend === MERGED_FILES
      : this.#latest.merged !== undefined;
  }

  /** After most failures nothing is certain about the server: the next render starts from finding it. */
  #doubt(error: unknown): unknown {
    // A merged file that somebody has taken away is written once more; a model is waited for.
    const isFileGone = error instanceof WebuiError && error.code === 'webui-model-unknown';
    const doubted = isFileGone ? error.with({ retry: 'rearm' }) : error;
    if (leavesDoubt(doubted)) this.#attachment = undefined;
    return doubted;
  }
}
