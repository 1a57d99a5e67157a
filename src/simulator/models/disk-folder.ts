/** A real folder of real safetensors files: what another program writes there, the simulated server loads. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { decodeTable } from '../../checkpoints/kernel/small-floats.ts';
import { dtypeOf } from '../../checkpoints/safetensors/dtypes.ts';
import type { DType } from '../../checkpoints/safetensors/dtypes.ts';
import { openCheckpoint } from '../../checkpoints/safetensors/read.ts';
import { headerBytes } from '../../checkpoints/safetensors/write.ts';
import { isExpected } from '../../errors.ts';
import type { ModelDefinition } from '../options.ts';
import type { ModelMaker } from './make-model.ts';
import type { ModelEntry, ModelFile, ModelFolder } from './model-folder.ts';
import type { StateDict, Tensor } from './state-dict.ts';

export class DiskFolder implements ModelFolder {
  readonly path: string;
  readonly #maker: ModelMaker;

  /** Models that the folder lacks are made; the files that it has are taken as they are. */
  constructor(folder: string, models: readonly ModelDefinition[], maker: ModelMaker) {
    this.path = path.resolve(folder);
    this.#maker = maker;
    fs.mkdirSync(this.path, { recursive: true });
    for (const model of models) if (!this.has(`${model.name}.safetensors`)) this.put(model);
  }

  list(): readonly ModelEntry[] {
    return fs
      .readdirSync(this.path)
      .filter((file) => file.endsWith('.safetensors'))
      .flatMap((file) => {
        const stat = fs.statSync(path.join(this.path, file), { bigint: true, throwIfNoEntry: false });
        return stat === undefined ? [] : [this.#entry(file, `${stat.mtimeNs}-${stat.size}`)];
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

  put({ name, unet = name, textEncoder = name, vae = 'common', broken = false }: ModelDefinition): void {
    this.write(name, this.#maker.make({ unet, textEncoder, vae }));
    if (broken) fs.truncateSync(path.join(this.path, `${name}.safetensors`), 100);
  }

  write(name: string, tensors: StateDict): void {
    fs.writeFileSync(path.join(this.path, `${name}.safetensors`), fileOf(tensors));
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

/** Float tensors only: nothing else takes part in a picture. */
function readTensors(file: string): StateDict {
  const { tensors, dataStart } = openCheckpoint(file);
  const bytes = fs.readFileSync(file);
  return new Map(
    tensors.flatMap(({ name, dtype, shape, count, begin, end }): [string, Tensor][] => {
      // A copy: typed arrays need aligned memory.
      const own = Uint8Array.prototype.slice.call(bytes, dataStart + begin, dataStart + end);
      const data = toFloats(own.buffer, dtype, count);
      return data === undefined ? [] : [[name, { shape, data }]];
    }),
  );
}

function toFloats(buffer: ArrayBufferLike, { float }: DType, count: number): Float32Array | undefined {
  switch (float) {
    case undefined:
      return undefined;
    case 'F64':
      return Float32Array.from(new Float64Array(buffer, 0, count));
    case 'F32':
      return new Float32Array(buffer, 0, count);
    default: {
      const table = decodeTable(float);
      const codes =
        table.length === 256 ? new Uint8Array(buffer, 0, count) : new Uint16Array(buffer, 0, count);
      return Float32Array.from(codes, (code) => table[code] ?? 0);
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
