/**
 * model-mixer (2025-01): merges two files before a request's images and takes the result for a checkpoint of its own,
 * which stays selected. What goes wrong inside leaves everything as it was, and the infotext claims the merge.
 */
import { createHash } from 'node:crypto';
import { WEIGHT_ORDERS } from '../../../architectures/sd-lists.ts';
import type { BlockName } from '../../../space/blocks.ts';
import { blockOfKey } from '../../models/blocks.ts';
import type { ModelFile } from '../../models/model-folder.ts';
import { interpolate, partOf } from '../../models/state-dict.ts';
import type { Checkpoint } from '../checkpoints.ts';
import { loadCheckpoint } from '../memory.ts';
import { isDict } from '../pydantic.ts';
import type { ExtensionHost, WebuiExtension } from './extension.ts';
import { describeMix, mixerScript, readMix } from './model-mixer-script.ts';
import type { Mix } from './model-mixer-script.ts';

export function modelMixer(host: ExtensionHost): WebuiExtension {
  return new ModelMixer(host);
}

/** BASE, IN00..IN11, M00, OUT00..OUT11. */
const COUNT = 26;
const ORDER: readonly BlockName[] = WEIGHT_ORDERS.preset;

class ModelMixer implements WebuiExtension {
  readonly folder = 'sd-webui-model-mixer';
  readonly #host: ExtensionHost;
  /** BASE of the last merge. */
  #base: number | undefined;

  constructor(host: ExtensionHost) {
    this.#host = host;
  }

  script(): ReturnType<typeof mixerScript> {
    return mixerScript(this.#host.table.titles());
  }

  beforeSampling(args: readonly unknown[], notes: Map<string, unknown>): void {
    const mix = readMix(args);
    if (mix === undefined) return;
    for (const [label, value] of describeMix(mix)) notes.set(label, value);
    const entry = this.#find(mix.modelA);
    if (!mix.usesB || mix.modelB === 'None') {
      if (entry !== undefined) this.#select(entry);
      return;
    }
    const a = entry && this.#host.table.read(entry);
    const found = this.#find(mix.modelB);
    const b = found && this.#host.table.read(found);
    const weights = weightsOf(mix);
    const isReady = isDict(mix.state) && 'save_settings' in mix.state;
    if (!isReady || entry === undefined || a === undefined || b === undefined || weights === undefined)
      return;
    const [base = 0] = weights;
    if (this.#base !== undefined && this.#base !== base) {
      this.#host.memory.onMeta = true;
      return;
    }
    this.#base = base;
    this.#merge(mix, entry, a, b, weights);
  }

  /** By any alias, or by a title whose hash is no longer the listed one. */
  #find(name: string): Checkpoint | undefined {
    const { table } = this.#host;
    return table.byClosestMatch(name) ?? table.byClosestMatch(name.replace(/ \[[0-9a-f]+\]$/u, ''));
  }

  #select(entry: Checkpoint): void {
    const { memory, table, noteCheckpoint } = this.#host;
    if (loadCheckpoint(memory, table, entry)) noteCheckpoint();
  }

  #merge(mix: Mix, entry: Checkpoint, a: ModelFile, b: ModelFile, weights: readonly number[]): void {
    const { architecture, memory, table, noteCheckpoint } = this.#host;
    const tensors = interpolate(a.tensors, a.tensors, b.tensors, (key) => {
      if (partOf(key) === 'text-encoder') return weights[0];
      const block = blockOfKey(key, architecture);
      if (block === undefined) return undefined;
      // `time_embed.` and `out.` go with the last number.
      return block === 'TIME_EMBED' || block === 'OUT'
        ? weights[COUNT - 1]
        : weights[1 + ORDER.indexOf(block)];
    });
    const name = `${a.name} x (1 - alpha_0) + ${b.name} x alpha_0(${weights.join(',')})`;
    const file = `${name}.safetensors`;
    // Of how it was asked for: the same weights under other names of the models have another hash.
    const sha256 = sha256Of(JSON.stringify([mix.modelA, mix.modelB, mix.weights, mix.state]));
    const contents: ModelFile = {
      ...a,
      name,
      file,
      path: `${table.folder.path}/${file}`,
      version: sha256,
      sha256,
      tensors,
    };
    const checkpoint = { file: contents, sha256 };
    Object.assign(memory, { checkpoint, contents, model: tensors, damaged: false });
    table.setMixture(checkpoint);
    table.spoilHash(entry, sha256Of(`${a.sha256}|mixed`));
    noteCheckpoint();
  }
}

/** Too few are filled up, too many cut; undefined where a number is none. */
function weightsOf({ selected, weights, multiplier }: Mix): readonly number[] | undefined {
  // With no block selected the multiplier counts for everything, BASE included.
  if (selected.length === 0) return Array.from({ length: COUNT }, () => multiplier);
  const numbers = weights.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (numbers.some(Number.isNaN)) return undefined;
  const last = numbers.at(-1) ?? 0;
  return Array.from({ length: COUNT }, (_, i) => numbers[i] ?? last);
}

function sha256Of(text: string): string {
  return createHash('sha256').update(`model-mixer|${text}`).digest('hex');
}
