/** The text of a file that a person named, or a sentence that says why it cannot be had. */
import type { ErrorCode } from '../error-codes.ts';
import { usageError } from '../errors.ts';
import { systemReason } from '../system-error.ts';
import { readTextFile } from './read-file.ts';

/** @param what what the file is, to begin the sentence with; @throws usage error of the code given */
export async function readGivenText(file: string, what: string, code: ErrorCode): Promise<string> {
  try {
    return await readTextFile(file);
  } catch (cause) {
    throw usageError(code, `${what} ${file} cannot be read (${systemReason(cause)}).`, { cause });
  }
}
