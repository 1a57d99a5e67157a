/** The address of a WebUI and the credentials for it, kept apart so that no message or log can show a password. */
import { usageError } from '../../shared/errors.ts';

export interface Address {
  /** Ends in a slash; without credentials, query and fragment. */
  readonly base: URL;
  /** For messages: without credentials and without the last slash. */
  readonly shown: string;
  /** Value of the Authorization header. */
  readonly authorization: string | undefined;
}

/**
 * @param url with or without `http://`; credentials inside it count as `auth`
 * @param auth `user:password` of `--api-auth`
 * @throws usage error `webui-address` or `webui-credentials`; neither quotes a password
 */
export function parseAddress(url: string, auth?: string): Address {
  const base = parseUrl(url);
  const inUrl = base.username === '' && base.password === '' ? undefined : credentialsOf(base);
  base.username = '';
  base.password = '';
  base.search = '';
  base.hash = '';
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  const credentials = auth ?? inUrl;
  return {
    base,
    shown: base.href.replace(/\/$/, ''),
    authorization: credentials === undefined ? undefined : basicHeader(credentials),
  };
}

/** Splits `user:password` at the first colon. */
export function parseCredentials(text: string, option: string): { user: string; password: string } {
  const colon = text.indexOf(':');
  if (colon < 1) {
    throw usageError('webui-credentials', `The login of ${option} must have the form user:password.`);
  }
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function parseUrl(url: string): URL {
  const full = url.includes('://') ? url : `http://${url}`;
  const parsed = URL.canParse(full) ? new URL(full) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.hostname === '') {
    // Whatever stands before an @ may be a password.
    throw usageError(
      'webui-address',
      `The address of the WebUI must look like http://127.0.0.1:7860, not "${url.replace(/^.*@/, '…@')}".`,
    );
  }
  return parsed;
}

function credentialsOf(url: URL): string {
  try {
    return `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  } catch {
    throw usageError(
      'webui-credentials',
      'The login in the address of the WebUI is not properly encoded; give it as --webui-auth user:password.',
    );
  }
}

function basicHeader(credentials: string): string {
  const { user, password } = parseCredentials(credentials, '--webui-auth');
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}
