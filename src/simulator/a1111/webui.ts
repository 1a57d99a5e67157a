/** The server process: everything that lives as long as it does, and what the settings do to it. */
import type { Architecture } from '../../space/blocks.ts';
import { hashText, mix, randomStream } from '../random.ts';
import type { Axis } from '../models/axis.ts';
import type { ModelFile, ModelFolder } from '../models/model-folder.ts';
import { partOf } from '../models/state-dict.ts';
import type { StateDict } from '../models/state-dict.ts';
import { familyOf } from '../models/transformers/family.ts';
import type { World } from '../worlds/world.ts';
import { CheckpointTable, shortHash, titleOf } from './checkpoints.ts';
import type { Checkpoint } from './checkpoints.ts';
import { ConditioningCache } from './conditioning.ts';
import type { ExtensionFactory, WebuiExtension } from './extensions/extension.ts';
import { pythonError, repr, unprocessable } from './failures.ts';
import { loadOnForge, noteOnForge, startForge } from './forge.ts';
import { JobQueue } from './job-queue.ts';
import type { LoraShelf } from '../models/lora-shelf.ts';
import { loadCheckpoint, startMemory } from './memory.ts';
import type { Memory } from './memory.ts';
import { OptionStore } from './option-store.ts';
import { buildPage } from './page.ts';
import { JobState } from './progress.ts';
import { isDict, text } from './pydantic.ts';
import { VERSION } from './txt2img/infotext.ts';
import type { UiLayout } from './ui-layout.ts';
import { createController } from '../../shared/abort/create-controller.ts';

export interface WebuiSettings {
  readonly family: 'a1111' | 'forge';
  readonly folder: ModelFolder;
  /** Names of text encoder and VAE files of Forge that nothing is in. */
  readonly modules: readonly string[];
  /** Folders of those with something in them. */
  readonly parts?: readonly ModelFolder[];
  /** Where the landscape of the world lies. */
  readonly axis: Axis;
  readonly architecture: Architecture;
  readonly extensions: readonly ExtensionFactory[];
  readonly loras: LoraShelf;
  readonly world: World;
  readonly latencyMs: number;
  /** Before an image whose merge is not that of the image before. Default 0. */
  readonly mergeMs?: number;
  /** When a job begins. */
  readonly now: () => Date;
  readonly seed: number;
  /** False: the model of deepdanbooru could not be downloaded. */
  readonly hasTagger?: boolean;
}

const CHECKPOINT = 'sd_model_checkpoint';

export class Webui {
  readonly settings: WebuiSettings;
  readonly table: CheckpointTable;
  readonly options: OptionStore;
  /** Gives up what is being waited for when the simulator closes. */
  readonly closing = createController();
  /** Uniform numbers for what the server draws by lot. */
  readonly random: () => number;
  images = 0;
  /** Of them, those of strangers. */
  foreignImages = 0;
  /** How often memory ran out. */
  outOfMemory = 0;
  /** Images of the last txt2img that had some, for a server that has frozen. */
  lastPixels: readonly Uint8Array[] = [];
  /** Where the merge of the last txt2img lay, as text. */
  lastMerge = '';
  /** Folders of extensions that this process has not. */
  #without: readonly string[] = [];
  #starts = 0;
  #process: Process;

  constructor(settings: WebuiSettings) {
    this.settings = settings;
    this.options = new OptionStore(settings.family);
    this.random = randomStream(mix(settings.seed));
    this.table = new CheckpointTable(settings.folder, {
      refuse: refusalOf(settings),
      ...(settings.family === 'a1111' ? { taken: knownTensors } : {}),
    });
    this.#process = this.#start();
  }

  get memory(): Memory {
    return this.#process.memory;
  }
  get state(): JobState {
    return this.#process.state;
  }
  get queue(): JobQueue {
    return this.#process.queue;
  }
  get conditioning(): ConditioningCache {
    return this.#process.conditioning;
  }
  get extensions(): readonly WebuiExtension[] {
    return this.#process.extensions;
  }
  get page(): UiLayout {
    return this.#process.page;
  }
  get appId(): string {
    return this.#process.appId;
  }
  get version(): string {
    return this.settings.family === 'forge' ? `f2.0.1${VERSION}-1.10.1` : VERSION;
  }
  /** Paths of the module files. */
  get modules(): readonly string[] {
    const { modules, parts = [] } = this.settings;
    return [
      ...modules.map((name) => `/webui/models/VAE/${name}`),
      ...parts.flatMap((folder) => folder.list().map(({ path }) => path)),
    ];
  }
  /** Undefined for one that has only a name. */
  readonly readModule = (path: string): ModelFile | undefined => {
    for (const folder of this.settings.parts ?? []) {
      const found = folder.list().find((entry) => entry.path === path);
      if (found !== undefined) return folder.read(found.file);
    }
    return undefined;
  };

  /** Merges, queue and progress are gone; the first checkpoint of the list is selected; app_id and fn_index change. */
  restart(without: readonly string[] = []): void {
    this.table.refresh();
    this.#without = without;
    this.#process = this.#start();
  }

  /**
   * `POST /sdapi/v1/options`. Keys before an unknown one are already set when it raises. A checkpoint is loaded before
   * the answer, after the generations that run; one that fails to load leaves the old one selected and damaged.
   */
  async setOptions(body: unknown): Promise<null> {
    if (!isDict(body)) {
      throw unprocessable({ loc: ['body'], msg: 'value is not a valid dict', type: 'type_error.dict' });
    }
    if (this.settings.family === 'forge') {
      noteOnForge(this, body);
      return null;
    }
    const wanted = body[CHECKPOINT];
    if (wanted !== undefined && wanted !== null && this.table.byAlias(wanted) === undefined) {
      throw pythonError('RuntimeError', `model ${repr(text(wanted) ?? JSON.stringify(wanted))} not found`);
    }
    for (const [key, value] of Object.entries(body)) {
      const before = this.options.get(key);
      this.options.set(key, value);
      if (key !== CHECKPOINT || value === before) continue;
      await this.queue.run(async () => {
        if (!this.#followSetting()) this.options.set(key, before);
        return await Promise.resolve();
      });
    }
    return null;
  }

  /** Loads what the settings name, without telling the extensions: what happens before each generation. */
  loadSelected(): void {
    if (this.settings.family === 'forge') loadOnForge(this);
    else this.load(this.table.byAlias(this.options.get(CHECKPOINT)) ?? this.table.first);
  }

  /** @throws the 500 of a file that is gone, cut short or another architecture's */
  load(checkpoint: Checkpoint): void {
    if (this.#load(checkpoint)) return;
    const refusal = this.table.refusal(checkpoint);
    if (refusal !== undefined) throw pythonError('RuntimeError', refusal);
    if (this.table.folder.has(checkpoint.file.file)) {
      throw pythonError('SafetensorError', 'Error while deserializing header: MetadataIncompleteBuffer');
    }
    throw pythonError('FileNotFoundError', `No such file or directory: "${checkpoint.file.path}"`);
  }

  #followSetting(): boolean {
    const wanted = this.table.byAlias(this.options.get(CHECKPOINT)) ?? this.table.first;
    if (this.options.get(CHECKPOINT) === titleOf(this.memory.checkpoint)) return true;
    const loaded = this.#load(wanted);
    if (loaded) for (const extension of this.extensions) extension.afterCheckpointSetting?.();
    return loaded;
  }

  #load(checkpoint: Checkpoint): boolean {
    const before = this.memory.contents;
    if (!loadCheckpoint(this.memory, this.table, checkpoint)) return false;
    if (this.memory.contents !== before) this.#noteCheckpoint(this.memory);
    return true;
  }

  #noteCheckpoint({ checkpoint, contents }: Memory): void {
    if (this.settings.family !== 'forge') this.options.set(CHECKPOINT, titleOf(checkpoint));
    this.options.set('sd_checkpoint_hash', contents.sha256);
  }

  #start(): Process {
    this.#starts++;
    const lot = hashText(`${this.settings.seed}|${this.#starts}`);
    const { architecture, family } = this.settings;
    const isForge = family === 'forge';
    const memory = isForge ? startForge(this) : startMemory(this.table);
    if (!isForge) this.#noteCheckpoint(memory);
    const host = { table: this.table, architecture };
    const extensions = this.settings.extensions
      .map((create) =>
        isForge
          ? // They change a model that nothing is drawn with.
            create({ ...host, memory: { ...memory }, noteCheckpoint: () => {} })
          : create({ ...host, memory, noteCheckpoint: () => this.#noteCheckpoint(memory) }),
      )
      .filter(({ folder }) => !this.#without.includes(folder));
    return {
      memory,
      extensions,
      page: buildPage(extensions, this.table.titles(), lot),
      state: new JobState(),
      queue: new JobQueue(),
      conditioning: new ConditioningCache(),
      appId: newAppId(lot),
    };
  }
}

/** Why the world cannot draw with a file. Forge takes a transformer's text encoders and VAE from elsewhere. */
function refusalOf({ family, world }: WebuiSettings): (model: StateDict) => string | undefined {
  return (model) =>
    family === 'forge' && familyOf(model) !== undefined
      ? world.refuse?.(model, 'unet')
      : world.refuse?.(model);
}

/**
 * AUTOMATIC1111 loads a file of any family without a word, as the real one was seen to do, drops what its own network has no place
 * for, and draws with what is left. Of transformers it knows SD3.
 */
function knownTensors(model: StateDict): StateDict {
  const family = familyOf(model);
  if (family === undefined || family === 'sd3') return model;
  return new Map([...model].filter(([key]) => partOf(key) !== 'unet'));
}

interface Process {
  readonly memory: Memory;
  readonly extensions: readonly WebuiExtension[];
  readonly page: UiLayout;
  readonly state: JobState;
  readonly queue: JobQueue;
  readonly conditioning: ConditioningCache;
  readonly appId: string;
}

/** Twenty digits below 2^64: kept as text because it is above what a JavaScript number can hold. */
function newAppId(lot: number): string {
  const high = BigInt(mix(lot)) | 0x80000000n;
  return String((high << 32n) | BigInt(mix(lot + 1)) | 1n);
}

export function modelHash(memory: Memory): string {
  return shortHash(memory.contents.sha256);
}
