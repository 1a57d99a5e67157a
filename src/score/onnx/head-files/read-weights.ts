import { messageOf, usageError } from '../../../shared/errors.ts';
import { isReadFailure, readRegularFileSync } from '../../../shared/files/read-file.ts';
import { readPth } from './pth.ts';
import { readSafetensors } from './safetensors.ts';
import { WeightsFault, type Tensors } from './tensor.ts';

/** Bytes. Heads have some megabytes. */
const LARGEST = 1e9;

/**
 * The tensors of a head: a safetensors file, or a `.pth` with a plain state dictionary, which is read without running it.
 * @throws usage error `onnx-weights`
 */
export function readWeights(file: string): Tensors {
  try {
    const bytes = readRegularFileSync(file, LARGEST);
    const isZip = bytes.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004', 'latin1'));
    return isZip ? readPth(bytes) : readSafetensors(bytes);
  } catch (cause) {
    const isExpected = cause instanceof WeightsFault || isReadFailure(cause);
    if (!isExpected) throw cause;
    throw usageError(
      'onnx-weights',
      `The weights ${file} cannot be used: ${messageOf(cause)}. Download the file again, or convert it to safetensors.`,
      { cause },
    );
  }
}
