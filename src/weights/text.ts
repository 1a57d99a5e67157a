import { messageOf, usageError } from '../errors.ts';
import { readTextFile } from '../shared/read-file.ts';

type Code = 'recipe-unreadable' | 'history-unreadable' | 'preset-unreadable';

/** @param what what the file is, to begin a sentence with; @throws usage error of the code given */
export async function readText(file: string, what: string, code: Code): Promise<string> {
  try {
    return await readTextFile(file);
  } catch (cause) {
    throw usageError(code, `${what} ${file} cannot be read (${messageOf(cause)}).`, { cause });
  }
}
