/**
 * The contract of every renderer: named weights and requests in, images out as they come.
 * A renderer is one server with one backend. Whether it merges and generates in one request (ComfyUI), sends
 * script arguments (runtime-block-merge), calls an endpoint first or writes a file is its own affair.
 */
import type { BlockName, BlockWeights } from '../space/blocks.ts';
import type { Parameter } from '../space/parameters.ts';
import type { PartCapabilities } from '../space/parts.ts';
import type { ImageRequest, Image } from '../types.ts';

export interface RenderJob {
  /** A weight for every block of the architecture and a number for every parameter, or model A with nothing merged into it. */
  readonly weights: BlockWeights | 'model-a';
  readonly requests: readonly ImageRequest[];
  /**
   * Which images of the requests are needed, by `ImageRequest.id` and position; all unless given. The others are not made,
   * unless the server can only make a request as a whole: then they come too.
   */
  readonly isWanted?: ((request: string, index: number) => boolean) | undefined;
  /** Called now and then while an image is being made. */
  readonly onProgress?: (progress: RenderProgress) => void;
  /** Called when an image is going to be asked for once more: why, and after how long a pause. */
  readonly onRepeat?: (repeat: { readonly message: string; readonly seconds: number }) => void;
}

export interface RenderProgress {
  readonly requestId: string;
  /** Sampler step of the server's current job, and how many it has; null where unknown. */
  readonly step: number | null;
  readonly steps: number | null;
}

/** What a backend can express; the plan ties, fixes or refuses accordingly, in words, before the run. */
export interface Capabilities {
  /** Blocks that can be set freely. */
  readonly free: readonly BlockName[];
  /** Of the blocks that are off unless asked for, those that can be set as freely; none when left out. */
  readonly optional?: readonly BlockName[];
  /** Blocks that follow another one, e.g. TIME_EMBED follows IN00. */
  readonly tied: Readonly<Record<BlockName, BlockName>>;
  /** Blocks that the way merges with this weight always, because it cannot move them. */
  readonly fixed: BlockWeights;
  readonly range: { readonly low: number; readonly high: number };
  /** Of text encoders and VAE, which stay model A's unless asked for, what can be set; nothing when left out. */
  readonly parts?: PartCapabilities;
  /** What it takes beside the weights of blocks; nothing when left out. */
  readonly parameters?: readonly Parameter[];
  /** Of parameters, what they are in the merge with known pixels (`knownMerge`), which is looked at again and again; neutral where left out. */
  readonly known?: Readonly<Record<string, number>>;
  /** What models beyond A and B do, by a name for people: merges whose images must differ from those of model A, of model B and from each other. */
  readonly witnesses?: Readonly<Record<string, BlockWeights>>;
  /** It can be sent weights for blocks that the family lacks (`ArchitectureRow.foreign`). Absent = no. */
  readonly sendsForeignBlocks?: true;
  /** Tensors that none of its numbers is for are merged with the weight of this block. Absent = they stay model A's, or it has no such number. */
  readonly stray?: BlockName;
  /** It merges text encoders in some way. */
  readonly mergesTextEncoder: boolean;
  /** The server can write the merged checkpoint itself. */
  readonly savesCheckpoint: boolean;
}

/** What `open` found. */
export interface ServerReport {
  /** `a1111`, `forge` or `comfyui`. */
  readonly family: string;
  readonly version: string | null;
  readonly mergeWay: string;
  readonly modelA: ModelIdentity;
  readonly modelB: ModelIdentity;
  /** Model C and further ones, where this machine merges their files, then searched LoRAs; absent where there are none. */
  readonly others?: readonly ModelIdentity[];
  /** Settings in force for every image that are not at their usual value, under the server's own names. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface ModelIdentity {
  /** As the server calls it in replies. */
  readonly name: string;
  /** File name with extension, without folder. */
  readonly file: string;
  /** Short hash, null until the server has computed it. */
  readonly hash: string | null;
  /** Where the file lies, as the server says it; absent where it does not. */
  readonly path?: string;
}

/** Files of models, as paths of this machine. */
export interface LocalModels {
  readonly a: string;
  readonly b: string;
  /** Model C and further ones; none when left out. */
  readonly others?: readonly string[];
}

export interface Renderer {
  /** For messages: family, backend and address. */
  readonly name: string;
  /** Of the server, without a login, for messages and for those who watch; undefined where it has none. */
  readonly address?: string | undefined;
  readonly capabilities: Capabilities;
  /**
   * Counts how often the renderer had to find the server again (a lost connection, a restart, a doubtful reply). Whoever
   * sees another number than before knows that the merge has to be proved again.
   */
  readonly epoch: number;
  /**
   * The weights that the server holds merged in its memory from one request to the next; undefined where every request
   * brings its own. Of such a merge only what was asked for last can be looked at: another merge puts it right in passing.
   */
  readonly merged?: BlockWeights | undefined;
  /** What this machine merges for the server, once it is open; undefined where the server reads its models itself. */
  readonly localModels?: LocalModels | undefined;
  /** Set by whoever wants to tell people what happens on the way, a sentence each. */
  onWarning?: ((sentence: string) => void) | undefined;
  /** Finds the server, models and backend, selects model A and reads it back. Changes nothing when it throws. */
  open(signal: AbortSignal): Promise<ServerReport>;
  /**
   * What `open` found, with what the server has learned since: some know the hash of a file only once it was loaded.
   * Undefined where `open` has said all.
   */
  report?(signal: AbortSignal): Promise<ServerReport | undefined>;
  /**
   * What of the requests this server cannot do exactly as they say, and what of it shapes all of their images, a sentence
   * each; for people, before the run.
   * @throws usage error for what it cannot do at all
   */
  warnings?(requests: readonly ImageRequest[]): readonly string[];
  /**
   * Renders the requests, each image as soon as the server has made it: usually in order, but a server that takes all
   * of them at once may choose its own. The next one is on the wire before the consumer has done anything with the last
   * image. A reply whose model, seed, sampler or size is not what was asked throws: never a wrong image. When the
   * signal is aborted, or the consumer stops, the server's work on our behalf is stopped as well.
   */
  render(job: RenderJob, signal: AbortSignal): AsyncIterable<Image>;
  /**
   * What tags in prompts call the LoRAs that people name so, in the same order; once it is open.
   * @throws WebuiError `webui-model-unknown`, `webui-model-ambiguous`
   */
  findLoras?(asked: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
  /** One sentence why a tag cannot have a strength for each block of a LoRA here, and what to install; undefined where it can. */
  whyNoLoraBlocks?(signal: AbortSignal): Promise<string | undefined>;
  /** Undoes and repeats whatever makes merging work, after a reconnect or a doubtful image. */
  rearm(signal: AbortSignal): Promise<void>;
  /** Writes the merged checkpoint on the server's side; resolves to where it lies, as the server says it. */
  saveCheckpoint?:
    ((weights: BlockWeights, name: string, signal: AbortSignal) => Promise<string>) | undefined;
  /** Leaves the server as it was found: checkpoint, options, injected state. Never throws; reports what it could not restore. */
  close(): Promise<readonly string[]>;
}
