/** What is in the server's memory: the one place that knows which tensors an image is really made with. */
import { usageError } from '../../shared/errors.ts';
import type { ModelFile } from '../models/model-folder.ts';
import type { StateDict } from '../models/state-dict.ts';
import type { Checkpoint, CheckpointTable } from './checkpoints.ts';

export interface Memory {
  /** The entry whose file was read last; what replies call the model. */
  checkpoint: Checkpoint;
  /** Its contents at the time of reading. */
  contents: ModelFile;
  /** The tensors that the model has now, merges included. Replaced as a whole, never changed in place. */
  model: StateDict;
  /** Number of the UNet object; whoever holds on to an older one writes into the void. */
  unetObject: number;
  /** A failed load leaves the model half-written until another one succeeds. */
  damaged: boolean;
  /** An extension has torn the tensors from their device: nothing can be sampled until the server is restarted. */
  onMeta: boolean;
}

/**
 * With the first file of the list that can be loaded.
 * @throws usage error `simulator-models`
 */
export function startMemory(table: CheckpointTable): Memory {
  const found = firstFitting(table);
  if (found === undefined) {
    throw usageError(
      'simulator-models',
      `None of the checkpoints in ${table.folder.path} can be loaded by the simulated server (${table.list.map(({ file }) => file.file).join(', ')}): put one there that it can read.`,
    );
  }
  const { checkpoint, contents } = found;
  checkpoint.sha256 = contents.sha256;
  return { checkpoint, contents, model: contents.tensors, unetObject: 1, damaged: false, onMeta: false };
}

function firstFitting(table: CheckpointTable): Pick<Memory, 'checkpoint' | 'contents'> | undefined {
  for (const checkpoint of table.list) {
    const contents = table.readFitting(checkpoint);
    if (contents !== undefined) return { checkpoint, contents };
  }
  return undefined;
}

/**
 * Reads the file of an entry into memory, unless it is the one that is there: the file itself is never compared.
 * @returns false when the file is gone, unreadable or another architecture's; the old checkpoint then stays selected, damaged
 */
export function loadCheckpoint(memory: Memory, table: CheckpointTable, wanted: Checkpoint): boolean {
  if (wanted.file.path === memory.contents.path) return true;
  const contents = table.readFitting(wanted);
  if (contents === undefined) {
    memory.damaged = true;
    return false;
  }
  wanted.sha256 = contents.sha256;
  const isAnotherKind =
    contents.config !== memory.contents.config ||
    familyOf(contents.tensors) !== familyOf(memory.contents.tensors);
  if (isAnotherKind) memory.unetObject++;
  memory.checkpoint = wanted;
  memory.contents = contents;
  memory.model = contents.tensors;
  memory.damaged = false;
  return true;
}

/** Models of one family have one layout of the UNet. */
export function familyOf(model: StateDict): string {
  const known = families.get(model);
  if (known !== undefined) return known;
  const keys = [...model.keys()];
  const key = keys.find((one) => one.endsWith('attn2.to_k.weight'));
  const width = (key === undefined ? undefined : model.get(key)?.shape[1]) ?? 0;
  const family = `${keys.some((one) => one.startsWith('conditioner.')) ? 'two encoders' : 'one encoder'}, ${width}`;
  families.set(model, family);
  return family;
}

/** Models are never changed in place. */
const families = new WeakMap<StateDict, string>();
