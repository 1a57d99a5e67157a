import type { Architecture, BlockWeights } from '../space/blocks.ts';
import type { NodeReplacement } from './comfyui/graph/replace.ts';
import type { ComfyVersion, MergeNodes } from './comfyui/object-info.ts';
import type { Fault } from './faults.ts';
import type { LoraDefinition } from './models/lora-shelf.ts';
import type { ModelDefinition } from './models/model-folder.ts';

/**
 * Which program the server passes itself off as. Forge has A1111's API, loads a checkpoint with the first image and no
 * sooner, and has none of the merge extensions unless told; those that change the model in memory do nothing there.
 */
export type ServerFamily = 'a1111' | 'forge' | 'comfyui';

/**
 * What its images are. `painter` (the default): landscapes whose quality follows the block weights, for any models.
 * `tiny`: those of a small diffusion model, computed with the merged tensors; needs the package onnxruntime-node.
 */
export type WorldName = 'painter' | 'tiny';
export const WORLD_NAMES = ['painter', 'tiny'] as const satisfies readonly WorldName[];

export const MODEL_FILES = ['network', 'whole'] as const;
export type ModelFiles = (typeof MODEL_FILES)[number];

export interface SimulatorOptions {
  readonly world?: WorldName;
  /** Folder with the graphs of another tiny world, such as one of SDXL's layout; the package's own unless given. */
  readonly tinyWorld?: string;
  /** Default `a1111`. ComfyUI knows neither passwords nor extensions: `auth`, `gradioAuth`, `extensions` and `api` are for A1111. */
  readonly family?: ServerFamily;
  /** 0 (the default) = any free port. */
  readonly port?: number;
  readonly host?: string;
  /**
   * Names or definitions, default modelA, modelB, modelC; in the tiny world crisp, vivid, base, and there `unet` may be
   * no other than these. The first one's UNet is the landscape's origin (all
   * weights 0), the second one's its opposite corner (all 1); others lie somewhere in the cube.
   */
  readonly models?: readonly (string | ModelDefinition)[];
  /** Milliseconds an image, spread over its steps so that progress moves. Default 0. */
  readonly latencyMs?: number;
  /** A1111: milliseconds before an image whose merge is not that of the image before. Default 0. */
  readonly mergeMs?: number;
  /** A1111: the clock that tells when a job began, to the second. That of the machine unless given. */
  readonly now?: () => Date;
  /** `user:password` for `/sdapi`, as `--api-auth`. */
  readonly auth?: string;
  /** `user:password` for the pages, as `--gradio-auth`. */
  readonly gradioAuth?: string;
  /** What is installed: any of EXTENSION_NAMES. Default runtime-block-merge alone, and nothing on Forge. */
  readonly extensions?: readonly string[];
  /** The LoRA folder, empty unless given. */
  readonly loras?: readonly LoraDefinition[];
  /** Forge: text encoder and VAE files, which the setting `forge_additional_modules` may name. None unless given. */
  readonly modules?: readonly string[];
  /** False = started without `--api`: every `/sdapi` path is 404. */
  readonly api?: boolean;
  /** False = started with `--nowebui`: the API alone, without pages, `/app_id` and `/internal`. */
  readonly pages?: boolean;
  readonly faults?: readonly Fault[];
  /** ComfyUI: which version it is, by its nodes and by what it says of itself. Default `0.27.0`; `0.3.64` has nodes for Stable Diffusion only. */
  readonly comfyVersion?: ComfyVersion;
  /** ComfyUI: merge nodes of custom packs, by class the names of their ratios. None unless given. */
  readonly mergeNodes?: MergeNodes;
  /** ComfyUI: node classes that are gone, and what runs in their place. None unless given. */
  readonly replacements?: readonly NodeReplacement[];
  /** Which graphics card it computes on: unlike ones give images with slightly other pixels. Of the painter; all alike unless given. */
  readonly gpu?: string;
  /** Fixes what the server draws by lot: seeds of -1, app_id, event numbers. Default 1. */
  readonly seed?: number;
  readonly architecture?: Architecture;
  /**
   * Transformers: `network` = files that hold the network alone, with text encoders and VAE beside them; `whole` = checkpoints that
   * hold all. What is usual for the family unless given.
   */
  readonly files?: ModelFiles;
  /**
   * A real folder for the checkpoints; models that it lacks are written there. In memory unless given, and in the tiny
   * world in a folder that goes with the server. Of transformers the networks lie there, and the rest in folders inside; on ComfyUI
   * it is the folder of all of them: `checkpoints`, `diffusion_models`, `text_encoders`, `vae`.
   */
  readonly modelsDir?: string;
}

export interface SimulatorStats {
  /** Requests by `METHOD path`, refused ones included. */
  readonly requests: Readonly<Record<string, number>>;
  /** Images made, grids not counted. */
  readonly images: number;
  /** Of them, those that other people have ordered, where a fault brings such. Absent = none. */
  readonly foreignImages?: number;
  /**
   * Milliseconds from the end of a txt2img to the arrival of the next, in order; 0 when that one was already waiting.
   * ComfyUI: of a prompt.
   */
  readonly idleMs: readonly number[];
}

export interface Simulator {
  readonly url: string;
  readonly port: number;
  /** Of its models, with the blocks that they really have. */
  readonly architecture: Architecture;
  /** Names of the files in its checkpoint folder. */
  models(): readonly string[];
  /** Where these lie; a path of this machine in the tiny world and where it was given. */
  readonly modelsDir: string;
  stats(): SimulatorStats;
  /**
   * Where the UNet in memory lies, read from its tensors: 0 = the first model, 1 = the second, block by block.
   * ComfyUI: the one that has sampled last.
   */
  position(): BlockWeights;
  /** Puts a file into the checkpoint folder; the server lists it after the next refresh. Replaces one of that name. */
  addModel(model: string | ModelDefinition): void;
  /** Deletes a file; it stays in the list until the next refresh. */
  deleteModel(name: string): void;
  /**
   * The process ends and starts again: in-memory merges are lost, app_id and event numbers change.
   * @param without extensions that do not come back, by name; all do unless given
   */
  restart(without?: readonly string[]): void;
  /** Ends at once; jobs that run are given up. */
  close(): Promise<void>;
}
