/** The checkpoint folder and the list that the server made of it. The list is only as new as the last refresh. */
import { createHash } from 'node:crypto';
import { blocksOf, uniformWeights } from '../../space/blocks.ts';
import type { Architecture, BlockWeights } from '../../space/blocks.ts';
import type { ModelDefinition } from '../options.ts';
import { weightsOfStranger } from '../worlds/stranger.ts';

export const MODEL_FOLDER = '/webui/models/Stable-diffusion';

/** What a file holds. */
export interface ModelFile {
  readonly name: string;
  readonly file: string;
  readonly path: string;
  /** Position of the UNet in the cube of the landscape. */
  readonly unet: BlockWeights;
  readonly textEncoder: string;
  readonly vae: string;
  readonly config: string | null;
  readonly sha256: string;
  readonly broken: boolean;
}

/** An entry of the list. Its title changes at the first load, when the hash is computed. */
export interface Checkpoint {
  readonly file: ModelFile;
  hashed: boolean;
}

export class CheckpointTable {
  readonly #folder = new Map<string, ModelFile>();
  readonly #corners: readonly string[];
  readonly #architecture: Architecture;
  #list: readonly Checkpoint[] = [];

  constructor(models: readonly ModelDefinition[], architecture: Architecture) {
    this.#architecture = architecture;
    this.#corners = models.slice(0, 2).map((model) => model.unet ?? model.name);
    for (const model of models) this.put(model);
    this.refresh();
  }

  get list(): readonly Checkpoint[] {
    return this.#list;
  }

  /** Of a list without entries there is no server. */
  get first(): Checkpoint {
    const [first] = this.#list;
    if (first === undefined) throw new Error('The checkpoint folder is empty.');
    return first;
  }

  put(model: ModelDefinition): void {
    const unet = model.unet ?? model.name;
    this.write({
      name: model.name,
      unet: this.#unetAt(unet),
      textEncoder: model.textEncoder ?? model.name,
      vae: model.vae ?? 'common',
      config: model.config ?? null,
      broken: model.broken ?? false,
      ...(model.sha256 === undefined ? {} : { sha256: model.sha256 }),
    });
  }

  /** Puts a file of known contents into the folder; the list does not see it yet. */
  write(contents: Omit<ModelFile, 'file' | 'path' | 'sha256'> & { readonly sha256?: string }): void {
    const file = `${contents.name}.safetensors`;
    const sha256 = contents.sha256 ?? createHash('sha256').update(JSON.stringify(contents)).digest('hex');
    this.#folder.set(contents.name, { ...contents, sha256, file, path: `${MODEL_FOLDER}/${file}` });
  }

  delete(name: string): void {
    this.#folder.delete(name);
  }

  /** The bytes behind an entry now, or undefined when the file is gone or cannot be read. */
  read(checkpoint: Checkpoint): ModelFile | undefined {
    const file = this.#folder.get(checkpoint.file.name);
    return file?.broken === true ? undefined : file;
  }

  refresh(): void {
    const known = new Map(this.#list.map((entry) => [entry.file.sha256 + entry.file.name, entry.hashed]));
    this.#list = [...this.#folder.values()]
      .sort((p, q) => naturally(p.file, q.file))
      .map((file) => ({ file, hashed: known.get(file.sha256 + file.name) ?? false }));
  }

  /** By title, file name, name, short hash or full hash. */
  byAlias(alias: unknown): Checkpoint | undefined {
    return this.#list.find((entry) => aliasesOf(entry).includes(alias));
  }

  /** As {@link byAlias}, or the shortest title that contains the text. */
  byClosestMatch(text: unknown): Checkpoint | undefined {
    if (typeof text !== 'string' || text === '') return undefined;
    const similar = this.#list.filter((entry) => titleOf(entry).includes(text));
    return this.byAlias(text) ?? similar.sort((p, q) => titleOf(p).length - titleOf(q).length)[0];
  }

  titles(): string[] {
    return this.#list.map(titleOf);
  }

  #unetAt(name: string): BlockWeights {
    const corner = this.#corners.indexOf(name);
    return corner >= 0
      ? uniformWeights(corner, this.#architecture)
      : weightsOfStranger(name, blocksOf(this.#architecture));
  }
}

export function titleOf(entry: Checkpoint): string {
  return entry.hashed ? `${entry.file.file} [${shortHash(entry)}]` : entry.file.file;
}

export function shortHash(entry: Checkpoint): string {
  return entry.file.sha256.slice(0, 10);
}

function aliasesOf(entry: Checkpoint): unknown[] {
  const { name, file, sha256 } = entry.file;
  const always = [file, name, titleOf(entry)];
  return entry.hashed ? [...always, shortHash(entry), sha256, `${name} [${shortHash(entry)}]`] : always;
}

function naturally(p: string, q: string): number {
  const [left, right] = [p.toLowerCase(), q.toLowerCase()];
  const digits = /\d+/gu;
  const padded = (text: string): string => text.replaceAll(digits, (number) => number.padStart(12, '0'));
  return padded(left) < padded(right) ? -1 : 1;
}
