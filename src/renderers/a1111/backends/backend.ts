/**
 * The contract of every way in which an A1111 server can merge. A way that needs nothing at a step does nothing there:
 * arguments in the request (`decorate`), a call before the images (`prepare`), a tag in the prompt (`decorate`),
 * a file (`prepare` and `expectedModel`).
 */
import type { Architecture, BlockWeights } from '../../../space/blocks.ts';
import type { ImageRequest } from '../../../types.ts';
import type { BakedLoras } from '../../merged-files.ts';
import type { Capabilities, LocalModels } from '../../renderer.ts';
import type { Client } from '../../http/client.ts';
import type { Connection } from '../connect.ts';
import type { PartFiles } from '../modules.ts';
import type { ServerLora, ServerModel } from '../schemas.ts';

/** What a user may say about the backend. */
export interface BackendOptions extends PartFiles {
  /** The server's checkpoint folder as a path of this machine. */
  readonly modelsDir?: string;
  /** Merge methods that are searched or fixed, of merged files; the usual one where left out. */
  readonly methods?: readonly string[];
  /** See `MergedFilesOptions`. */
  readonly adjusts?: readonly string[];
  /** LoRAs that are baked into merged files. */
  readonly bakes?: BakedLoras;
  /** Model C and further ones, as people name them. */
  readonly others?: readonly string[];
  /** How many block weights the LoRA takes; found out from the architecture and the file's metadata where left out. */
  readonly loraBlocks?: LoraBlockCount;
}
export const LORA_BLOCK_COUNTS = [12, 17, 20, 26] as const;
export type LoraBlockCount = (typeof LORA_BLOCK_COUNTS)[number];

/** The body of a txt2img request. */
export type MergedBody = Readonly<Record<string, unknown>>;

export interface MergeContext<B = ServerModel> {
  readonly client: Client;
  readonly architecture: Architecture;
  readonly modelA: ServerModel;
  readonly modelB: B;
  readonly options: BackendOptions;
  /** What the server is and how it is set, where a way depends on it. */
  readonly server?: Pick<Connection, 'family' | 'settings'>;
  /** Paths of the text encoders and VAE that are going to be in force beside the checkpoint; Forge only. */
  readonly modules?: readonly string[];
}

interface Way {
  /** As in `--backend`. */
  readonly name: string;
  /** One line for people: what it needs, what a trial costs. */
  readonly summary: string;
  capabilities(architecture: Architecture, options: BackendOptions): Capabilities;
}

/** `find` looks whether the server can merge in this way. It changes nothing on the server, and returns the way, ready for
 * this process of the server (a restart voids it), or the reason why there is none. */
type Find<B> = (context: MergeContext<B>, signal: AbortSignal) => Promise<MergeSession | NoMergeSession>;

/** `takes` is what `--model-b` names; `auto` tries only the ways that take what was found under that name. */
export interface CheckpointWay extends Way {
  readonly takes: 'checkpoint';
  readonly find: Find<ServerModel>;
}
export interface LoraWay extends Way {
  readonly takes: 'lora';
  readonly find: Find<ServerLora>;
}
/** There is no model B. */
export interface AloneWay extends Way {
  readonly takes: 'nothing';
  readonly find: (
    context: Omit<MergeContext, 'modelB'>,
    signal: AbortSignal,
  ) => Promise<MergeSession | NoMergeSession>;
}
export type Backend = CheckpointWay | LoraWay | AloneWay;

export interface NoMergeSession {
  /** One sentence: what is missing and what to do. */
  readonly missing: string;
}

/** What a reply's `info.sd_model_name` and `sd_model_hash` must say. */
export interface ExpectedModel {
  /** Any of these; the first one stands in messages. */
  readonly names: readonly string[];
  /** A name that is right although it is none of `names`, e.g. one with rounded numbers in it. */
  matches?(name: string): boolean;
  /** Null = not known beforehand. */
  readonly hash: string | null;
  /** A hash that it cannot be, whatever it is: that of model A where the merge has one of its own. */
  readonly notHash?: string | null;
  /** The advice when it is another one; somebody switched checkpoints where left out. */
  readonly advice?: string;
}

export interface MergeSession {
  /** The merge stays in the server's memory from one request to the next, so that whoever reads a checkpoint there spoils it. */
  readonly livesInMemory?: boolean;
  /** Makes the server ready to merge; model A is selected. Repeating it does no harm. */
  arm(signal: AbortSignal): Promise<void>;
  /** Makes the server render plain model A again, whoever had merged what. Repeating it does no harm. */
  disarm(signal: AbortSignal): Promise<void>;
  /** Calls that the weights need before the images of a trial. */
  prepare(weights: BlockWeights, signal: AbortSignal): Promise<void>;
  /** The body with what merging needs; the one given stays as it is. */
  decorate(body: MergedBody, weights: BlockWeights): MergedBody;
  /** What replies will name as their model; model A where left out. */
  expectedModel?(weights: BlockWeights): ExpectedModel;
  /**
   * Looks, before anything is changed or drawn, for what would fail only at the first merge: models that do not go together,
   * a full disk, numbers that are not finite. @throws what refuses it
   */
  ready?(signal: AbortSignal): Promise<void>;
  /** The session is void, and the server perhaps gone: gives up what lies on this machine. Never throws. */
  abandon?(): void;
  /** The same for plain model A; what the server says of it when it is selected, where left out. */
  readonly expectedModelA?: ExpectedModel;
  /** See `Renderer.localModels`. */
  readonly localModels?: LocalModels;
  /** When the files decide what the way can express; `Way.capabilities` where left out. */
  readonly capabilities?: Capabilities;
  /** See `Renderer.warnings`. */
  warnings?(requests: readonly ImageRequest[]): readonly string[];
  /** @returns the path on the server */
  saveCheckpoint?(weights: BlockWeights, name: string, signal: AbortSignal): Promise<string>;
}
