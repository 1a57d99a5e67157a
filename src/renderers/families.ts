/** The families of servers: which one answers at an address, and the renderer or the examination for it. */
import { isExpected, usageError } from '../shared/errors.ts';
import { createA1111Renderer, type A1111Options } from './a1111/a1111-renderer.ts';
import { examineServer as examineA1111, type ExamineOptions } from './a1111/examine.ts';
import { locateModels as locateOnWebui } from './a1111/locate.ts';
import type { Examination } from './examination.ts';
import { backendsFor } from './a1111/backends/index.ts';
import { connectComfy, isComfy } from './comfyui/client.ts';
import { createComfyRenderer, type ComfyOptions } from './comfyui/comfyui-renderer.ts';
import { examineComfy } from './comfyui/examine.ts';

import { splitLora } from '../checkpoints/lora/searched-loras.ts';
import { withFilesHere } from './files-here.ts';
import { tagFormOf } from './lora-tags.ts';
import { MERGED_FILES } from './merged-files.ts';
import { LORAS_ALONE, parametersOfLoras, withPromptLoras } from './prompt-loras.ts';
import type {
  Capabilities,
  LocalModels,
  ModelIdentity,
  RenderJob,
  Renderer,
  ServerReport,
} from './renderer.ts';
import type { BlockWeights } from '../space/blocks.ts';
import type { ImageRequest, Image } from '../types.ts';

export type RendererOptions = A1111Options &
  Pick<ComfyOptions, 'workflow' | 'textEncoders' | 'vae' | 'runName' | 'shares'> & {
    /** Names of LoRAs whose strengths are parameters, `lora:NAME`, with a pattern behind an @ for some of the blocks; none when left out. */
    readonly loras?: readonly string[];
    /** Where their files lie on this machine; looked for beside the models where left out. */
    readonly loraDir?: string | undefined;
  };

/** @throws usage error for an address, login or backend that cannot be right */
export function createRenderer(options: RendererOptions): Renderer {
  const { tagged, baked } = waysOfLoras(options);
  const bakes = baked.length === 0 ? {} : { bakes: { names: baked, folder: options.loraDir } };
  const renderer = withFilesHere(rendererOf({ ...options, ...bakes }), options);
  return withPromptLoras(renderer, tagged, options.architecture);
}

/** Merged files have what tags cannot say: LoRAs by block; and where nothing else is searched, all of them. */
function waysOfLoras({
  loras = [],
  backend,
  adjusts,
  architecture,
}: Pick<RendererOptions, 'loras' | 'backend' | 'adjusts' | 'architecture'>): {
  readonly tagged: readonly string[];
  readonly baked: readonly string[];
} {
  const isBaked = (name: string): boolean => {
    if (backend !== MERGED_FILES) return false;
    const { base } = splitLora(name);
    const own = loras.filter((one) => splitLora(one).base === base);
    return adjusts?.length === 0 || tagFormOf(own, architecture) === 'blocks';
  };
  return { tagged: loras.filter((name) => !isBaked(name)), baked: loras.filter(isBaked) };
}

function rendererOf(options: RendererOptions): Renderer {
  const { backend = 'auto' } = options;
  if (backend === COMFYUI) return createComfyRenderer(options);
  return isOfAnyServer(backend) ? new FoundRenderer(options) : createA1111Renderer(options);
}

/** What a named way can express whatever the server; undefined where that has to be asked. */
export function knownCapabilities({
  backend = 'auto',
  architecture,
  loras = [],
  ...options
}: Pick<RendererOptions, 'backend' | 'architecture' | 'loraBlocks' | 'loras' | 'methods' | 'adjusts'>):
  Capabilities | undefined {
  if (isOfAnyServer(backend) && backend !== MERGED_FILES) return undefined;
  if (backend === COMFYUI) return undefined;
  const { tagged, baked } = waysOfLoras({ loras, backend, architecture, ...options });
  const bakes = baked.length === 0 ? {} : { bakes: { names: baked, folder: undefined } };
  const own = backendsFor(backend)[0].capabilities(architecture, { ...options, ...bakes });
  return { ...own, parameters: [...(own.parameters ?? []), ...parametersOfLoras(tagged, architecture)] };
}

/** Leaves the server as it was. Expected failures come back as sentences, not as errors. */
export async function examineServer(options: ExamineOptions, signal: AbortSignal): Promise<Examination> {
  if (await answersAsComfy(options, signal)) {
    return { family: COMFYUI, checkpoint: null, ...(await examineComfy(options, signal)) };
  }
  return examineA1111(options, signal);
}

/**
 * Where the server's files of both models lie, as it says itself; nothing else is looked at.
 * @throws WebuiError; usage error `model-files` for a ComfyUI, which tells names and no paths
 */
export async function locateModels(
  options: Pick<RendererOptions, 'url' | 'auth' | 'backend' | 'modelA' | 'modelB'>,
  signal: AbortSignal,
): Promise<Record<'modelA' | 'modelB', ModelIdentity>> {
  if (options.backend === COMFYUI || (await answersAsComfy(options, signal))) {
    throw usageError(
      'model-files',
      '--save-best checkpoint needs the model files, but ComfyUI does not say where its checkpoints are: give its checkpoint folder with --models-dir.',
    );
  }
  return locateOnWebui(options, signal);
}

const COMFYUI = 'comfyui';

/** A way that does not tell which server it is on. */
function isOfAnyServer(backend: string): boolean {
  return backend === 'auto' || backend === MERGED_FILES || backend === LORAS_ALONE;
}

/** A server that does not answer is none: the other family's renderer says what is wrong. */
async function answersAsComfy(
  options: Pick<RendererOptions, 'url' | 'auth'>,
  signal: AbortSignal,
): Promise<boolean> {
  const { client } = connectComfy({ url: options.url, auth: options.auth, retryDelays: [] });
  try {
    return await isComfy(client, signal);
  } catch (error) {
    if (isExpected(error)) return false;
    throw error;
  } finally {
    await client.close();
  }
}

/** Asks what answers when it is opened, and is that family's renderer from then on. */
class FoundRenderer implements Renderer {
  readonly #options: RendererOptions;
  #renderer: Renderer;
  onWarning: Renderer['onWarning'];

  constructor(options: RendererOptions) {
    this.#options = options;
    this.#renderer = createA1111Renderer(options);
    this.#renderer.onWarning = (sentence) => this.onWarning?.(sentence);
  }

  get name(): string {
    return this.#renderer.name;
  }
  get address(): string | undefined {
    return this.#renderer.address;
  }
  get capabilities(): Capabilities {
    return this.#renderer.capabilities;
  }
  get epoch(): number {
    return this.#renderer.epoch;
  }
  get localModels(): LocalModels | undefined {
    return this.#renderer.localModels;
  }
  get merged(): BlockWeights | undefined {
    return this.#renderer.merged;
  }
  async open(signal: AbortSignal): Promise<ServerReport> {
    if (await answersAsComfy(this.#options, signal)) {
      await this.#renderer.close();
      this.#renderer = createComfyRenderer(this.#options);
    }
    return this.#renderer.open(signal);
  }
  async report(signal: AbortSignal): Promise<ServerReport | undefined> {
    return this.#renderer.report?.(signal);
  }
  warnings(requests: readonly ImageRequest[]): readonly string[] {
    return this.#renderer.warnings?.(requests) ?? [];
  }
  async findLoras(asked: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    return (await this.#renderer.findLoras?.(asked, signal)) ?? asked;
  }
  async whyNoLoraBlocks(signal: AbortSignal): Promise<string | undefined> {
    return this.#renderer.whyNoLoraBlocks?.(signal);
  }
  render(job: RenderJob, signal: AbortSignal): AsyncIterable<Image> {
    return this.#renderer.render(job, signal);
  }
  async rearm(signal: AbortSignal): Promise<void> {
    return this.#renderer.rearm(signal);
  }
  async saveCheckpoint(weights: BlockWeights, name: string, signal: AbortSignal): Promise<string> {
    if (this.#renderer.saveCheckpoint === undefined) throw new Error(`${this.name} saves no checkpoints`);
    return this.#renderer.saveCheckpoint(weights, name, signal);
  }
  async close(): Promise<readonly string[]> {
    return this.#renderer.close();
  }
}
