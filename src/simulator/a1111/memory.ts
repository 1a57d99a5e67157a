/** What is in the server's memory: the one place that knows which weights a picture is really made with. */
import type { BlockWeights } from '../../types.ts';
import type { Checkpoint, CheckpointTable, ModelFile } from './checkpoints.ts';

export interface Memory {
  /** The entry whose file was read last; what replies call the model. */
  checkpoint: Checkpoint;
  /** Its contents at the time of reading. */
  contents: ModelFile;
  /** The weights that the UNet has now, merges included. Replaced as a whole, never changed in place. */
  unet: BlockWeights;
  /** Number of the UNet object; whoever holds on to an older one writes into the void. */
  unetObject: number;
  /** A failed load leaves the model half-written until another one succeeds. */
  damaged: boolean;
}

export function startMemory(table: CheckpointTable): Memory {
  const checkpoint = table.first;
  checkpoint.hashed = true;
  return { checkpoint, contents: checkpoint.file, unet: checkpoint.file.unet, unetObject: 1, damaged: false };
}

/**
 * Reads the file of an entry into memory, unless it is the one that is there: the file itself is never compared.
 * @returns false when the file is gone or unreadable; the old checkpoint then stays selected, damaged
 */
export function loadCheckpoint(memory: Memory, table: CheckpointTable, wanted: Checkpoint): boolean {
  if (wanted.file.path === memory.contents.path) return true;
  const contents = table.read(wanted);
  if (contents === undefined) {
    memory.damaged = true;
    return false;
  }
  wanted.hashed = true;
  if (contents.config !== memory.contents.config) memory.unetObject++;
  memory.checkpoint = wanted;
  memory.contents = contents;
  memory.unet = contents.unet;
  memory.damaged = false;
  return true;
}
