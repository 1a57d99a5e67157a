/** Somebody else's search uses a server: found by a lock of this machine, or by what the server shows. */
import { isExpected, usageError, type AutombwError } from './errors.ts';

const ADVICE = ' Let that end or stop it first, or give --wait-for-server to wait for it.';

/** @param who as in "it is used by …" */
export function serverInUse(server: string, who: string): AutombwError {
  return usageError('server-in-use', `The server ${server} is used by ${who}.${ADVICE}`);
}

export function isServerInUse(error: unknown): error is AutombwError {
  return isExpected(error) && error.code === 'server-in-use';
}

/** The same for whoever waits for it already; any other error as it is. */
export function withoutAdvice({ message }: AutombwError): string {
  return message.replace(ADVICE, '');
}
