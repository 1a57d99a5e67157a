/** Where to send, and the secrets that go with it, kept apart so that no message can show one. */
import { usageError } from '../../shared/errors.ts';
import { hideSecrets } from '../external/hide-secrets.ts';
import type { Safe } from '../external/hide-secrets.ts';

export interface Address {
  /** With its query, without user and password. */
  readonly url: URL;
  /** For messages: without query too, for keys like to stand there. */
  readonly shown: string;
  readonly authorization: string | undefined;
  /** Text from outside for a message: no secret survives, even when the other side repeats it. */
  readonly safe: Safe;
}

const DEFAULT_VARIABLE = 'AUTOMBW_SCORER_AUTH';

/** @throws usage error `scorer-auth` when the variable that the settings name is not set, or is no header value */
export function addressOf(
  settings: {
    readonly url: string;
    readonly authEnv?: string | undefined;
    readonly headers: Readonly<Record<string, string>>;
  },
  env: Readonly<Record<string, string | undefined>>,
): Address {
  const url = new URL(settings.url);
  const inUrl =
    url.username === '' && url.password === ''
      ? undefined
      : `Basic ${Buffer.from(`${decode(url.username)}:${decode(url.password)}`).toString('base64')}`;
  const passwords = [url.password, decode(url.password)];
  url.username = '';
  url.password = '';
  const authorization = fromEnvironment(settings.authEnv, env) ?? inUrl;
  const secrets = [
    authorization,
    authorization?.split(/\s+/).at(-1),
    ...passwords,
    ...[...url.searchParams].flatMap(([name, value]) => (isSecret(name) ? [value] : [])),
    ...Object.entries(settings.headers).flatMap(([name, value]) => (isSecret(name) ? [value] : [])),
  ];
  return {
    url,
    shown: `${url.origin}${url.pathname}`,
    authorization,
    safe: hideSecrets(secrets),
  };
}

/** Names of headers and parameters that say who asks, and not what: their values neither belong into messages nor change a score. */
export function isSecret(header: string): boolean {
  return /auth|cookie|key|token|secret|pass|sig/i.test(header);
}

function fromEnvironment(
  name: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const variable = name ?? DEFAULT_VARIABLE;
  const value = env[variable]?.trim();
  if (value === undefined || value === '') {
    if (name === undefined) return undefined;
    throw usageError(
      'scorer-auth',
      `Scorer "http" takes its login from the variable ${name}, which is not set; set it to the whole value of the Authorization ` +
        'header, such as "Bearer …".',
    );
  }
  if (/^[\t\x20-\x7e\x80-\xff]+$/.test(value)) return value;
  throw usageError(
    'scorer-auth',
    `The variable ${variable} holds characters that cannot stand in an Authorization header; set it to one line of plain text.`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
