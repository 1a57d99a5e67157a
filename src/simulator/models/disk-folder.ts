/** A real folder of real safetensors files: what another program writes there, the simulated server loads. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { decodeTable } from '../../checkpoints/kernel/small-floats.ts';
import type { SmallFloat } from '../../checkpoints/kernel/small-floats.ts';
import { dtypeOf } from '../../checkpoints/safetensors/dtypes.ts';
import type { DType } from '../../checkpoints/safetensors/dtypes.ts';
import { openCheckpoint } from '../../checkpoints/safetensors/read.ts';
import { headerBytes } from '../../checkpoints/safetensors/write.ts';
import { isExpected } from '../../shared/errors.ts';
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
      const tensors = readTensors(found.path);
      return {
        ...found,
        tensors,
        sha256: createHash('sha256').update(fs.readFileSync(found.path)).digest('hex'),
      };
    } catch (error) {
      if (isExpected(error)) return undefined;
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

/** Float tensors only: nothing else takes part in an image. @throws usage errors of the file */
export function readTensors(file: string): StateDict {
  const { tensors, dataStart } = openCheckpoint(file);
  const bytes = fs.readFileSync(file);
  const tables = new Map<SmallFloat, Float32Array>();
  return new Map(
    tensors.flatMap(({ name, dtype, shape, count, begin, end }): [string, Tensor][] => {
      // A copy: typed arrays need aligned memory.
      const own = Uint8Array.prototype.slice.call(bytes, dataStart + begin, dataStart + end);
      const data = toFloats(own.buffer, dtype, count, tables);
      return data === undefined ? [] : [[name, { shape, data }]];
    }),
  );
}

/** @param tables made once a file: each is work for thousands of numbers */
function toFloats(
  buffer: ArrayBufferLike,
  { float }: DType,
  count: number,
  tables: Map<SmallFloat, Float32Array>,
): Float32Array | undefined {
  switch (float) {
    case undefined:
      return undefined;
    case 'F64':
      return Float32Array.from(new Float64Array(buffer, 0, count));
    case 'F32':
      return new Float32Array(buffer, 0, count);
    default: {
      const table = tables.get(float) ?? decodeTable(float);
      tables.set(float, table);
      const codes =
        table.length === 256 ? new Uint8Array(buffer, 0, count) : new Uint16Array(buffer, 0, count);
      const data = new Float32Array(count);
      for (let i = 0; i < count; i++) data[i] = table[codes[i] ?? 0] ?? 0;
      return data;
    }
  }
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
