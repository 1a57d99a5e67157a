/**
 * runtime-block-merge (fork of 2024-02): A + w (B - A) a block, in memory, UNet only. Its state outlives requests, and
 * nothing that goes wrong in it shows in a reply of txt2img.
 */
import { SEARCH_ORDER } from '../../../architectures/sd-lists.ts';
import type { BlockName } from '../../../space/blocks.ts';
import { blockOfKey } from '../../models/blocks.ts';
import type { ModelFile } from '../../models/model-folder.ts';
import { interpolate } from '../../models/state-dict.ts';
import type { StateDict } from '../../models/state-dict.ts';
import { eventFailure } from '../failures.ts';
import { familyOf } from '../memory.ts';
import type { UiLayout } from '../ui-layout.ts';
import type { AlwaysOnScript, ExtensionHost, WebuiExtension } from './extension.ts';
import { addMergePanel } from './runtime-block-merge-panel.ts';

const COUNT = SEARCH_ORDER.length;
const MODEL_B = COUNT;
const ENABLE = COUNT + 1;

const POSITION: ReadonlyMap<BlockName, number> = new Map(SEARCH_ORDER.map((block, i) => [block, i]));

const LOADED = [{ mode: 'static' }, { visible: true }, { visible: true }];
const NOT_LOADED = [{ mode: 'dynamic' }, { visible: false }, { visible: false }];

export function runtimeBlockMerge(host: ExtensionHost): WebuiExtension {
  return new RuntimeBlockMerge(host);
}

class RuntimeBlockMerge implements WebuiExtension {
  readonly folder = 'sd-webui-runtime-block-merge';
  readonly #host: ExtensionHost;
  /** The UNet object that it found at the server's start; it never looks for another one. */
  readonly #unetObject: number;
  /** Of the model at the server's start. */
  readonly #family: string;
  #modelA: string;
  /** Model A as it was when B was loaded; all merges start from these. */
  #base: StateDict | undefined;
  #modelB: ModelFile | undefined;
  /** Path of the model B that was asked for last, loaded or not. */
  #modelBPath = '';
  /** A model of another family came while B was loaded: from then on it takes no model, and says so in no words. */
  #isLost = false;
  /** What it believes to be applied. */
  #applied: readonly number[] = Array.from(SEARCH_ORDER, () => 0);

  constructor(host: ExtensionHost) {
    this.#host = host;
    this.#unetObject = host.memory.unetObject;
    this.#modelA = host.memory.contents.path;
    this.#family = familyOf(host.memory.contents.tensors);
  }

  script(): AlwaysOnScript {
    const slider = { minimum: 0, maximum: 1, step: 0.01, choices: null };
    const none = { minimum: null, maximum: null, step: null, choices: null };
    const late = new Set<BlockName>(['OUT', 'TIME_EMBED']);
    return {
      name: 'runtime block merging for unet',
      args: [
        ...SEARCH_ORDER.map((label) => ({ label, value: late.has(label) ? 0 : 0.5, ...slider })),
        { ...none, label: 'Model B', value: null, choices: this.#host.table.titles() },
        { ...none, label: 'Enable', value: false },
      ],
    };
  }

  addPanel(ui: UiLayout): void {
    addMergePanel(ui, this.#host.table.titles(), {
      load: (data) => this.#load(data[0], data.slice(2, 2 + COUNT)),
      unload: () => this.#unload(),
      refresh: () => [update({ choices: this.#host.table.titles() })],
      save: (data) => this.#save(data),
    });
  }

  beforeSampling(args: readonly unknown[]): void {
    if (args[ENABLE] !== true || this.#modelB === undefined) return;
    const named = this.#host.table.byClosestMatch(args[MODEL_B]);
    // A name that is unknown or not the loaded model's, and bad numbers, raise inside: the last weights stay.
    if (named === undefined || named.file.path !== this.#modelBPath) return;
    const weights = readWeights(args.slice(0, COUNT));
    if (weights === undefined) return;
    // Only blocks that differ from what it believes to be applied are computed, whatever the UNet holds really.
    this.#apply(weights, (block) => weights[block] !== this.#applied[block]);
  }

  afterCheckpointSetting(): void {
    const { memory } = this.#host;
    if (this.#modelA === memory.contents.path) return;
    this.#modelA = memory.contents.path;
    if (this.#modelB === undefined) return;
    if (familyOf(memory.model) !== this.#family) {
      this.#isLost = true;
      this.#modelB = undefined;
      this.#base = undefined;
      return;
    }
    this.#base = memory.model;
    this.#apply(this.#applied, () => true);
  }

  #load(rawName: unknown, rawWeights: readonly unknown[]): unknown[] {
    if (rawName === null || rawName === '') return [null, false, ...NOT_LOADED.map(update)];
    const found = this.#host.table.byClosestMatch(rawName);
    if (found === undefined) throw eventFailure();
    this.#modelBPath = found.file.path;
    if (this.#isLost || this.#modelBPath === this.#modelA) return [null, false, ...NOT_LOADED.map(update)];
    const modelB = this.#host.table.readFitting(found);
    const weights = readWeights(rawWeights);
    if (modelB === undefined || weights === undefined) throw eventFailure();
    // It loads into the UNet of the start.
    if (familyOf(modelB.tensors) !== this.#family) throw eventFailure();
    this.#modelB = modelB;
    this.#base ??= this.#host.memory.contents.tensors;
    this.#apply(weights, () => true);
    return [rawName, true, ...LOADED.map(update)];
  }

  #unload(): unknown[] {
    if (this.#modelB === undefined) throw eventFailure();
    this.#modelB = undefined;
    this.#base = undefined;
    this.#applied = this.#applied.map(() => 0);
    this.#writeUnet(this.#host.memory.contents.tensors);
    return [null, false, ...NOT_LOADED.map(update)];
  }

  /** Data: output mode, position ids, format, name, recipe?, weights in search order, weights in recipe order. */
  #save(data: readonly unknown[]): unknown[] {
    const [mode, , , name] = data;
    const weights = readWeights(data.slice(5, 5 + COUNT));
    if (this.#modelB === undefined || weights === undefined) throw eventFailure();
    if (typeof name !== 'string' || name === '' || name.includes('/')) throw eventFailure();
    const { memory, table } = this.#host;
    const start = memory.contents.tensors;
    const model = mode === 'Runtime Snapshot' ? memory.model : this.#merged(weights, start, () => true);
    table.write(name, model, memory.contents.config);
    return [update({ value: name })];
  }

  #apply(weights: readonly number[], changes: (block: number) => boolean): void {
    this.#writeUnet(this.#merged(weights, this.#host.memory.model, changes));
    this.#applied = weights;
  }

  #merged(weights: readonly number[], start: StateDict, changes: (block: number) => boolean): StateDict {
    const a = this.#base;
    const b = this.#modelB?.tensors;
    if (a === undefined || b === undefined) return start;
    return interpolate(start, a, b, (key) => {
      const block = blockOfKey(key, this.#host.architecture);
      const position = block === undefined ? -1 : POSITION.get(block);
      return position !== undefined && position >= 0 && changes(position) ? weights[position] : undefined;
    });
  }

  #writeUnet(model: StateDict): void {
    if (this.#unetObject === this.#host.memory.unetObject) this.#host.memory.model = model;
  }
}

/** 27 numbers, or undefined where adding them up would raise. */
function readWeights(raw: readonly unknown[]): readonly number[] | undefined {
  const weights = raw.filter((value) => typeof value === 'number');
  return weights.length === COUNT ? weights : undefined;
}

function update(props: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...props, __type__: 'update' };
}
