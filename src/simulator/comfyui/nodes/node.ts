/** What a node is: a class name, and what it makes of its inputs. */
import type { World } from '../../worlds/world.ts';
import type { Axis } from '../../models/axis.ts';
import type { ModelFolders } from '../../models/folders.ts';
import type { LoraShelf } from '../../models/lora-shelf.ts';
import type { Spoilt } from './values.ts';
import type { StateDict } from '../../models/state-dict.ts';
import type { Prompt } from '../graph/prompt.ts';
import type { ImageFiles } from '../image-files.ts';
import type { Ui } from '../run/history.ts';
import type { NodeInputs } from './node-inputs.ts';
import type { NodeValue } from './values.ts';

export interface NodeResult {
  readonly values: readonly NodeValue[];
  /** Of output nodes that name files. */
  readonly ui?: Ui;
}

/** What a running node may use beside its inputs. */
export interface NodeTools {
  readonly folders: ModelFolders;
  readonly loras: LoraShelf;
  readonly axis: Axis;
  readonly world: World;
  readonly files: ImageFiles;
  readonly prompt: Prompt;
  /** Goes into every image. */
  readonly pngInfo: Readonly<Record<string, unknown>>;
  /** Five letters in the names of this node's temporary files. */
  readonly tempLetters: () => string;
  /** Takes `steps` steps for `images` images: does and reports each, and ends early by throwing. */
  readonly sample: (steps: number, images: number, onStep: () => Promise<void>) => Promise<void>;
  /** Begins a generation: decides which misfortunes strike it, and may throw. */
  readonly beginGeneration: (unet: StateDict) => Promise<Begun>;
  /** A finished image for the client's socket. */
  readonly sendImage: (index: number, count: number, png: Buffer) => void;
  /** Counts images, and gives the pixels of the last ones to a server that has frozen. */
  readonly lastImages: ImageMemory;
  readonly noteMetadata: (file: string, metadata: Readonly<Record<string, string>>) => void;
}

export interface Begun {
  /** The one that really samples. */
  readonly unet: StateDict;
  readonly spoilt: Spoilt;
}

export interface ImageMemory {
  made: number;
  last: readonly Uint8Array[];
}

export interface NodeClass {
  /** Throws PythonError for what the client gets as `execution_error`. */
  readonly run: (inputs: NodeInputs, tools: NodeTools) => NodeResult | Promise<NodeResult>;
  /** Its results are never taken from the cache. */
  readonly alwaysRuns?: boolean;
}
