/** From what undici throws to how far a request came. */
import { codeBehind } from '../system-error.ts';

export interface LostConnection {
  /**
   * `never-connected`: nobody has seen the request; `untrusted`: the same, because of the server's certificate. `silent`: the reply
   * stopped in its middle. `broken`: anything else.
   */
  readonly how: 'never-connected' | 'untrusted' | 'silent' | 'broken';
  /** The system's or undici's name of it: `ECONNREFUSED`, `UND_ERR_SOCKET`. */
  readonly code: string | undefined;
}

export function lostConnection(thrown: unknown): LostConnection {
  const code = codeBehind(thrown);
  if (code === 'UND_ERR_BODY_TIMEOUT') return { how: 'silent', code };
  if (code !== undefined && UNTRUSTED.has(code)) return { how: 'untrusted', code };
  return { how: code !== undefined && NEVER_CONNECTED.has(code) ? 'never-connected' : 'broken', code };
}

/** What Node says of a certificate that it does not accept. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);
