/** A folder of tiny checkpoints for one test file: empty before every test, gone after the last. */
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach } from 'vitest';
import { checkpointBytes, temporaryFolder, writeTo, type RawTensor } from './make-checkpoint.ts';

export interface ModelFolder {
  readonly folder: string;
  /** Where the model of this name lies, or would. */
  readonly file: (name: string) => string;
  readonly write: (
    name: string,
    tensors: Readonly<Record<string, RawTensor>>,
    metadata?: Readonly<Record<string, string>>,
    padding?: number,
  ) => string;
}

/** @param usualPadding see `checkpointBytes` */
export function useModelFolder(usualPadding = 0): ModelFolder {
  const folder = temporaryFolder();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(() => {
    for (const name of readdirSync(folder)) rmSync(path.join(folder, name));
  });
  return {
    folder,
    file: (name) => path.join(folder, `${name}.safetensors`),
    write: (name, tensors, metadata = {}, padding = usualPadding) =>
      writeTo(folder, `${name}.safetensors`, checkpointBytes(tensors, metadata, padding)),
  };
}
