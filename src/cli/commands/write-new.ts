/** Files that a command makes for the user: never over something else, never half. */
import path from 'node:path';
import { runError } from '../../shared/errors.ts';
import { isSystemError, systemReason } from '../../shared/system-error.ts';
import { replaceFile } from '../../shared/files/replace-file.ts';
import { makeFolder } from '../../shared/files/make-folder.ts';
import { refuseExisting } from '../../shared/files/refuse-existing.ts';

/**
 * A file beside a result that took long: the result is printed all the same, and then what became of the file.
 * @throws as {@link writeNew}, after printing
 */
export function writeBeside(
  file: string | undefined,
  content: () => string,
  print: (file?: string) => void,
  force: boolean,
): void {
  if (file === undefined) {
    print();
    return;
  }
  try {
    writeNew(file, content(), force);
  } catch (error) {
    print();
    throw error;
  }
  print(file);
}

/** Makes the folders above it. @throws usage error `output-exists`, run error `output-lost` */
export function writeNew(file: string, content: string | Uint8Array, force: boolean): void {
  try {
    makeFolder(path.dirname(file));
    replaceFile(file, content, { before: () => refuseExisting([file], force) });
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw runError('output-lost', `${file} could not be written (${systemReason(cause)}).`, { cause });
  }
}
