/** A configuration as it is kept and shown: without logins, tokens and addresses that are secrets. */
import { parseJson } from '../shared/parse-json.ts';
import { addressWithoutSecrets, inItsPlace, isSecretName, withoutLogin } from '../shared/secret-names.ts';
import { SECRET_KEYS } from './schema.ts';

type Raw = Readonly<Record<string, unknown>>;

/**
 * Secret options are left out, addresses lose their login, and secret headers and parameters of scorers are named by the variables that
 * a later command takes them from.
 * @param raw options of a search or of a chain, under their keys
 */
export function withoutSecrets<C extends Raw>(raw: C): C {
  const open: C = { ...raw };
  const set = (key: string, value: unknown): void => void Reflect.set(open, key, value);
  for (const key of SECRET_KEYS) Reflect.deleteProperty(open, key);
  const { webui, scorerOptions, pass } = raw;
  if (webui !== undefined) set('webui', eachText(webui, withoutLogin));
  if (isRecord(scorerOptions)) set('scorerOptions', scorerOptionsWithoutSecrets(scorerOptions));
  if (Array.isArray(pass))
    set(
      'pass',
      pass.map((one: unknown) => (isRecord(one) ? withoutSecrets(one) : one)),
    );
  return open;
}

/** Keys are `http.headers`, `http.headers.x-api-key`, or objects by scorer. */
function scorerOptionsWithoutSecrets(options: Raw): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [key, setting(key, value)]));
}

function setting(key: string, value: unknown): unknown {
  const [, header] = /(?:^|\.)headers\.(.+)$/i.exec(key) ?? [];
  if (header !== undefined && typeof value === 'string')
    return isSecretName(header) ? inItsPlace(header, value) : value;
  if (/(?:^|\.)headers$/i.test(key)) {
    const headers = typeof value === 'string' ? parseJson(value) : value;
    if (!isRecord(headers)) return value;
    return Object.fromEntries(
      Object.entries(headers).map(([name, text]) => [name, setting(`headers.${name}`, text)]),
    );
  }
  if (isRecord(value)) return scorerOptionsWithoutSecrets(value);
  // Names and numbers that are compared with later ones stay to the letter.
  return eachText(value, addressWithoutSecrets);
}

function eachText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  return Array.isArray(value) ? value.map((one: unknown) => eachText(one, change)) : value;
}

function isRecord(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
