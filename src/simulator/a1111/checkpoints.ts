/** The list that the server made of its checkpoint folder. It is only as new as the last refresh. */
import type { ModelEntry, ModelFile, ModelFolder } from '../models/model-folder.ts';
import type { StateDict } from '../models/state-dict.ts';
import { wholeModel } from '../models/transformers/spelling.ts';

/** An entry of the list. Its title changes at the first load, when the hash is computed. */
export interface Checkpoint {
  readonly file: ModelEntry;
  /** Null until it has been loaded. */
  sha256: string | null;
}

/** How the server reads files. */
interface Loading {
  /** Why it cannot take a model into its memory, undefined where it can. All can unless given. */
  readonly refuse?: (model: StateDict) => string | undefined;
  /** What it takes of a file; all unless given. */
  readonly taken?: (model: StateDict) => StateDict;
}

export class CheckpointTable {
  readonly folder: ModelFolder;
  #list: readonly Checkpoint[] = [];
  /** An entry that an extension has put there and that no file stands behind. */
  #mixture: Checkpoint | undefined;
  /** Wrong hashes in the cache, by file. They outlive the process. */
  readonly #spoilt = new Map<string, string>();

  readonly #refuse: (model: StateDict) => string | undefined;
  readonly #taken: (model: StateDict) => StateDict;

  constructor(folder: ModelFolder, { refuse = () => undefined, taken = (model) => model }: Loading = {}) {
    this.folder = folder;
    this.#refuse = refuse;
    this.#taken = taken;
    this.refresh();
  }

  get list(): readonly Checkpoint[] {
    return this.#mixture === undefined ? this.#list : [...this.#list, this.#mixture];
  }

  /** Of a list without entries there is no server. */
  get first(): Checkpoint {
    const [first] = this.#list;
    if (first === undefined) throw new Error('The checkpoint folder is empty.');
    return first;
  }

  /** Puts a file into the folder; the list does not see it yet. */
  write(name: string, tensors: StateDict, config: string | null): void {
    this.folder.write(name, tensors, config);
  }

  /** What an entry's file holds now, or undefined when it is gone or cannot be read. */
  read(checkpoint: Checkpoint): ModelFile | undefined {
    const found = this.folder.read(checkpoint.file.file);
    const file = found && { ...found, tensors: this.#taken(wholeModel(found.tensors)) };
    const spoilt = file && this.#spoilt.get(file.version + file.name);
    return file === undefined || spoilt === undefined ? file : { ...file, sha256: spoilt };
  }

  /** As {@link read}, but undefined also for a model that does not fit the server's own. */
  readFitting(checkpoint: Checkpoint): ModelFile | undefined {
    const file = this.read(checkpoint);
    return file === undefined || this.#refuse(file.tensors) !== undefined ? undefined : file;
  }

  /** What torch says of a file that can be read and does not fit. */
  refusal(checkpoint: Checkpoint): string | undefined {
    const file = this.read(checkpoint);
    return file && this.#refuse(file.tensors);
  }

  /** Lists what has been mixed in memory, in place of the mixture before. */
  setMixture(mixture: Checkpoint): void {
    this.#mixture = mixture;
  }

  /** Leaves a wrong hash in the cache, for good. */
  spoilHash(checkpoint: Checkpoint, sha256: string): void {
    const key = checkpoint.file.version + checkpoint.file.name;
    if (!this.#spoilt.has(key)) this.#spoilt.set(key, sha256);
    checkpoint.sha256 = this.#spoilt.get(key) ?? sha256;
  }

  refresh(): void {
    // Hashes are kept by name and modification time.
    this.#mixture = undefined;
    const known = new Map(this.#list.map(({ file, sha256 }) => [file.version + file.name, sha256]));
    this.#list = [...this.folder.list()]
      .sort((p, q) => naturally(p.file, q.file))
      .map((file) => ({ file, sha256: known.get(file.version + file.name) ?? null }));
  }

  /** By title, file name, name, short hash or full hash. */
  byAlias(alias: unknown): Checkpoint | undefined {
    return this.list.find((entry) => aliasesOf(entry).includes(alias));
  }

  /** As {@link byAlias}, or the shortest title that contains the text. */
  byClosestMatch(text: unknown): Checkpoint | undefined {
    if (typeof text !== 'string' || text === '') return undefined;
    const similar = this.list.filter((entry) => titleOf(entry).includes(text));
    return this.byAlias(text) ?? similar.sort((p, q) => titleOf(p).length - titleOf(q).length)[0];
  }

  titles(): string[] {
    return this.list.map(titleOf);
  }
}

export function titleOf({ file, sha256 }: Checkpoint): string {
  return sha256 === null ? file.file : `${file.file} [${shortHash(sha256)}]`;
}

export function shortHash(sha256: string): string {
  return sha256.slice(0, 10);
}

function aliasesOf(entry: Checkpoint): unknown[] {
  const { name, file } = entry.file;
  const { sha256 } = entry;
  const always = [file, name, titleOf(entry)];
  return sha256 === null ? always : [...always, shortHash(sha256), sha256, `${name} [${shortHash(sha256)}]`];
}

function naturally(p: string, q: string): number {
  const [left, right] = [p.toLowerCase(), q.toLowerCase()];
  const digits = /\d+/gu;
  const padded = (text: string): string => text.replaceAll(digits, (number) => number.padStart(12, '0'));
  return padded(left) < padded(right) ? -1 : 1;
}
