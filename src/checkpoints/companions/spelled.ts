/** A model under the names that the registry knows, whatever prefix its file has and however it calls its norms. */
import { spellingOf } from '../../architectures/transformers/spelling.ts';
import type { Tensor } from '../../shared/safetensors/header.ts';
import type { CheckpointFile } from '../checkpoint-file.ts';

/** The file itself where its names are the usual ones. Renamed tensors keep the name of the file in `stored`. */
export function inUsualSpelling(file: CheckpointFile): CheckpointFile {
  const spelling = spellingOf(file);
  if (spelling === undefined) return file;
  const taken = new Set(file.byName.keys());
  const tensors = file.tensors.map((tensor): Tensor => {
    const name = spelling.rename(tensor.name);
    // A file may hold both spellings of one tensor: then each keeps its own.
    if (taken.has(name)) return tensor;
    taken.add(name);
    return { ...tensor, name, stored: tensor.name };
  });
  return { ...file, tensors, byName: new Map(tensors.map((tensor) => [tensor.name, tensor])) };
}
