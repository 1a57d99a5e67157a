/** Errors of the operating system. */
import { messageOf } from './errors.ts';

/** The system's name of an error: `ENOENT`, `EACCES`. Undefined for everything that has none. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The same, of the error itself or of the first behind it that has one. */
export function codeBehind(error: unknown): string | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    const code = codeOf(one);
    if (code !== undefined) return code;
  }
  return undefined;
}

/** Did the system refuse, rather than the program fail? */
export function isSystemError(error: unknown): error is Error {
  return error instanceof Error && ('errno' in error || 'syscall' in error);
}

/** Why it refused, for a sentence that names the file: `ENOENT: no such file or directory`, without the call and the path. */
export function systemReason(error: unknown): string {
  const message = messageOf(error);
  return isSystemError(error) ? message.replace(/, [a-z]+(?: '.*)?$/s, '') : message;
}
