/** Where to send, and the secrets that go with it, kept apart so that no message can show one. */
import { usageError } from '../../shared/errors.ts';
import { isSecretName, variableIn } from '../../shared/secret-names.ts';
import { hideSecrets } from '../external/hide-secrets.ts';
import type { Safe } from '../external/hide-secrets.ts';

export interface Address {
  /** With its query, without user and password. */
  readonly url: URL;
  /** For messages: without query too, for keys like to stand there. */
  readonly shown: string;
  readonly authorization: string | undefined;
  /** Further ones, with their values. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text from outside for a message: no secret survives, even when the other side repeats it. */
  readonly safe: Safe;
}

const DEFAULT_VARIABLE = 'AUTOMBW_SCORER_AUTH';

/** @throws usage error `scorer-auth` when a variable that the settings name is not set, or is no header value */
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
  const headers = Object.fromEntries(
    Object.entries(settings.headers).map(([name, value]) => [
      name,
      valueOf(value, `the header ${name}`, env),
    ]),
  );
  for (const [name, value] of Array.from(url.searchParams))
    if (variableIn(value) !== undefined)
      url.searchParams.set(name, valueOf(value, `the parameter ${name} of its address`, env));
  const authorization = fromEnvironment(settings.authEnv, env) ?? inUrl;
  const secrets = [
    authorization,
    authorization?.split(/\s+/).at(-1),
    ...passwords,
    ...[...url.searchParams].flatMap(([name, value]) => (isSecretName(name) ? [value] : [])),
    ...Object.entries(headers).flatMap(([name, value]) =>
      isSecretName(name) || variableIn(settings.headers[name] ?? '') !== undefined ? [value] : [],
    ),
  ];
  return {
    url,
    shown: `${url.origin}${url.pathname}`,
    authorization,
    headers,
    safe: hideSecrets(secrets),
  };
}

/** @throws usage error `scorer-auth` for a variable that is not set, or holds what cannot be sent */
function valueOf(value: string, what: string, env: Readonly<Record<string, string | undefined>>): string {
  const variable = variableIn(value);
  if (variable === undefined) return value;
  const found = env[variable]?.trim() ?? '';
  if (/^[\t\x20-\x7e\x80-\xff]+$/.test(found)) return found;
  throw usageError(
    'scorer-auth',
    found === ''
      ? `Scorer "http" takes ${what} from the variable ${variable}, which is not set. Secrets are never recorded: if the setting contained it when the run started, set the variable to the same value.`
      : `The variable ${variable} contains characters that cannot be sent as ${what}; set it to one line of plain text.`,
  );
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
    `The variable ${variable} contains characters not allowed in an Authorization header; set it to one line of plain text.`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
