/** A folder of checkpoint files as a server sees it. Two kinds: one in memory, and a real one (disk-folder.ts). */
import { createHash } from 'node:crypto';
import type { Architecture } from '../../space/blocks.ts';
import type { Maker } from './make-model.ts';
import { fingerprint } from './state-dict.ts';
import type { StateDict } from './state-dict.ts';

/** A checkpoint file in the simulated folder. Left out parts are the file's own, that is: like no other's. */
export interface ModelDefinition {
  /** File name without extension; unique within the folder. */
  readonly name: string;
  /** Names of the three parts. Files that name the same part hold the same weights. */
  readonly unet?: string;
  readonly textEncoder?: string;
  readonly vae?: string;
  /** Path of a `.yaml` neighbour. Switching between different ones replaces the UNet object. */
  readonly config?: string | null;
  /** 64 hex digits; derived from the parts unless given. */
  readonly sha256?: string;
  /** Of another family than the server's other models. Selecting it replaces the UNet object. */
  readonly architecture?: Architecture;
  /** Its numbers need float32; those of other files are exact in float16 too. */
  readonly isFloat32?: boolean;
  /** A truncated file: it is listed, but loading it fails. */
  readonly broken?: boolean;
}

/** A file as a directory listing shows it. */
export interface ModelEntry {
  /** Without extension. */
  readonly name: string;
  readonly file: string;
  readonly path: string;
  /** Path of a `.yaml` neighbour. */
  readonly config: string | null;
  /** Another text whenever the file is another one. */
  readonly version: string;
}

/** What reading it gives. */
export interface ModelFile extends ModelEntry {
  readonly tensors: StateDict;
  readonly sha256: string;
}

export interface ModelFolder {
  readonly path: string;
  list(): readonly ModelEntry[];
  /** Undefined when the file is gone or cannot be read. */
  read(file: string): ModelFile | undefined;
  /** Is it there, whatever it holds? */
  has(file: string): boolean;
  put(model: ModelDefinition): void;
  /** Writes or replaces `<name>.safetensors`. */
  write(name: string, tensors: StateDict, config: string | null): void;
  delete(name: string): void;
}

export class MemoryFolder implements ModelFolder {
  readonly path: string;
  readonly #maker: Maker;
  readonly #files = new Map<string, ModelFile & { readonly broken: boolean }>();

  constructor(models: readonly ModelDefinition[], maker: Maker, path = '/webui/models/Stable-diffusion') {
    this.path = path;
    this.#maker = maker;
    for (const model of models) this.put(model);
  }

  list(): readonly ModelEntry[] {
    return [...this.#files.values()];
  }

  read(file: string): ModelFile | undefined {
    const found = this.#files.get(file);
    return found?.broken === true ? undefined : found;
  }

  has(file: string): boolean {
    return this.#files.has(file);
  }

  put({
    name,
    unet = name,
    textEncoder = name,
    vae = 'common',
    config = null,
    broken = false,
    sha256,
    architecture,
    isFloat32,
  }: ModelDefinition): void {
    const tensors = this.#maker.make({ unet, textEncoder, vae, architecture, isFloat32 });
    this.#keep(name, tensors, config, broken, sha256);
  }

  write(name: string, tensors: StateDict, config: string | null): void {
    this.#keep(name, tensors, config, false, undefined);
  }

  delete(name: string): void {
    this.#files.delete(`${name}.safetensors`);
  }

  #keep(
    name: string,
    tensors: StateDict,
    config: string | null,
    broken: boolean,
    sha256: string | undefined,
  ): void {
    const file = `${name}.safetensors`;
    const parts = (['unet', 'text-encoder', 'vae'] as const).map((part) => fingerprint(tensors, part));
    const hash =
      sha256 ??
      createHash('sha256')
        .update(`${name}|${parts.join('|')}`)
        .digest('hex');
    const path = `${this.path}/${file}`;
    this.#files.set(file, { name, file, path, config, version: hash, tensors, sha256: hash, broken });
  }
}
