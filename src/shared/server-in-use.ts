/** Somebody else's search uses a server: found by a lock of this machine, or by what the server shows. */
import { isExpected, usageError, type AutombwError } from './errors.ts';

const ADVICE = ' Wait for it to finish, stop it first, or use --wait-for-server to wait automatically.';

/** @param who as in "it is used by …" */
export function serverInUse(server: string, who: string): AutombwError {
  return usageError('server-in-use', `The server ${server} is in use by ${who}.${ADVICE}`);
}

export function isServerInUse(error: unknown): error is AutombwError {
  return isExpected(error) && error.code === 'server-in-use';
}

/** The same for whoever waits for it already; any other error as it is. */
export function withoutAdvice({ message }: AutombwError): string {
  return message.replace(ADVICE, '');
}
