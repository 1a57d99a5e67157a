/** A real folder of real safetensors files: what another program writes there, the simulated server loads. */
import fs from 'node:fs';
import path from 'node:path';
import { isReadFailure } from '../../shared/files/read-file.ts';
import { sha256OfFileNow } from '../../shared/hashes/sha256.ts';
import { dtypeOf } from '../../shared/safetensors/dtypes.ts';
import { floatsOf } from '../../shared/safetensors/floats.ts';
import { SafetensorsFault } from '../../shared/safetensors/header.ts';
import { openSafetensors } from '../../shared/safetensors/read.ts';
import { headerBytes } from '../../shared/safetensors/write.ts';
import type { ModelDefinition, ModelEntry, ModelFile, ModelFolder } from './model-folder.ts';
import type { StateDict, Tensor } from './state-dict.ts';

export type ModelSource = (model: ModelDefinition, file: string) => void;

export class DiskFolder implements ModelFolder {
  readonly path: string;
  readonly #create: ModelSource;

  /**
   * Models that the folder lacks are put there; the files that it has are taken as they are.
   * @param create writes what a definition says into a new file
   */
  constructor(folder: string, models: readonly ModelDefinition[], create: ModelSource) {
    this.path = path.resolve(folder);
    this.#create = create;
    fs.mkdirSync(this.path, { recursive: true });
    for (const model of models) if (!this.has(`${model.name}.safetensors`)) this.put(model);
  }

  list(): readonly ModelEntry[] {
    return fs
      .readdirSync(this.path)
      .filter((file) => file.endsWith('.safetensors'))
      .flatMap((file) => {
        const stat = fs.statSync(path.join(this.path, file), { bigint: true, throwIfNoEntry: false });
        return stat?.isFile() !== true ? [] : [this.#entry(file, `${stat.mtimeNs}-${stat.size}`)];
      });
  }

  read(file: string): ModelFile | undefined {
    const found = this.list().find((entry) => entry.file === file);
    if (found === undefined) return undefined;
    try {
      return { ...found, tensors: readTensors(found.path), sha256: sha256OfFileNow(found.path) };
    } catch (error) {
      if (error instanceof SafetensorsFault || isReadFailure(error)) return undefined;
      throw error;
    }
  }

  has(file: string): boolean {
    return fs.existsSync(path.join(this.path, file));
  }

  put(model: ModelDefinition): void {
    const file = path.join(this.path, `${model.name}.safetensors`);
    this.#create(model, file);
    if (model.broken === true) fs.truncateSync(file, 100);
  }

  write(name: string, tensors: StateDict): void {
    writeModel(path.join(this.path, `${name}.safetensors`), tensors);
  }

  delete(name: string): void {
    fs.rmSync(path.join(this.path, `${name}.safetensors`), { force: true });
  }

  #entry(file: string, version: string): ModelEntry {
    const name = file.slice(0, -'.safetensors'.length);
    const config = path.join(this.path, `${name}.yaml`);
    return {
      name,
      file,
      path: path.join(this.path, file),
      config: fs.existsSync(config) ? config : null,
      version,
    };
  }
}

/** In float32. */
export function writeModel(file: string, tensors: StateDict): void {
  fs.writeFileSync(file, fileOf(tensors));
}

/** Float tensors only: nothing else takes part in an image. @throws SafetensorsFault; FileRefused; a system error */
export function readTensors(file: string): StateDict {
  const { tensors, dataStart } = openSafetensors(file);
  const bytes = fs.readFileSync(file);
  return new Map(
    tensors.flatMap(({ name, dtype, shape, begin, end }): [string, Tensor][] => {
      if (dtype.float === undefined) return [];
      const data = floatsOf(bytes.subarray(dataStart + begin, dataStart + end), dtype.float);
      return [[name, { shape, data }]];
    }),
  );
}

function fileOf(model: StateDict): Uint8Array {
  const dtype = dtypeOf('F32');
  if (dtype === undefined) throw new Error('float32 is a known type');
  let at = 0;
  const tensors = [...model].map(([name, { shape, data }]) => {
    const begin = at;
    at += data.byteLength;
    return { name, dtype, shape, begin, end: at };
  });
  const data = [...model.values()].map(
    (tensor) => new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength),
  );
  return Buffer.concat([headerBytes({ metadata: { format: 'pt' }, tensors }), ...data]);
}
