/** What outlives a restart of the server: files, settings and counters. */
import type { Fault } from '../faults.ts';
import type { Axis } from '../models/axis.ts';
import type { ModelFolders } from '../models/folders.ts';
import type { LoraShelf } from '../models/lora-shelf.ts';
import type { StateDict } from '../models/state-dict.ts';
import type { World } from '../worlds/world.ts';
import type { NodeReplacement } from './graph/replace.ts';
import type { ImageMemory } from './nodes/node.ts';
import { ImageFiles } from './image-files.ts';
import type { ComfyVersion, MergeNodes } from './object-info.ts';

export interface ComfySettings {
  readonly folders: ModelFolders;
  readonly loras: LoraShelf;
  readonly version: ComfyVersion;
  /** Merge nodes of custom packs. */
  readonly mergeNodes: MergeNodes;
  /** Where the landscape of the world lies. */
  readonly axis: Axis;
  readonly world: World;
  /** Milliseconds an image, spread over its steps. */
  readonly latencyMs: number;
  readonly seed: number;
  /** They count generations: samplings that begin with a latent which none has touched. */
  readonly faults: readonly Fault[];
  /** Classes that it runs as others. */
  readonly replacements: readonly NodeReplacement[];
  /** Where it listens. */
  readonly host: string;
}

export class Machine {
  readonly settings: ComfySettings;
  readonly files = new ImageFiles();
  readonly images: ImageMemory = { made: 0, last: [] };
  /** Of checkpoints that the server has written, by file name. */
  readonly metadata = new Map<string, Readonly<Record<string, string>>>();
  readonly idleMs: number[] = [];
  generations = 0;
  starts = 0;
  lastUnet: StateDict = new Map();
  /** When the last prompt ended. */
  lastEnd: number | undefined;

  constructor(settings: ComfySettings) {
    this.settings = settings;
  }
}
