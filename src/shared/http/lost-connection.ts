/** From what undici throws to how far a request came. */
import { codeBehind } from '../system-error.ts';

export interface LostConnection {
  /** `never-connected`: nobody has seen the request. `silent`: the reply stopped in its middle. `broken`: anything else. */
  readonly how: 'never-connected' | 'silent' | 'broken';
  /** The system's or undici's name of it: `ECONNREFUSED`, `UND_ERR_SOCKET`. */
  readonly code: string | undefined;
}

export function lostConnection(thrown: unknown): LostConnection {
  const code = codeBehind(thrown);
  if (code === 'UND_ERR_BODY_TIMEOUT') return { how: 'silent', code };
  return { how: code !== undefined && NEVER_CONNECTED.has(code) ? 'never-connected' : 'broken', code };
}

const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);
