/** A configuration as files may hold it: they outlive the run, and are passed on. */
import { SECRET_KEYS } from './schema.ts';

/** @returns a copy without secret options, and without the logins that stand in addresses of WebUIs */
export function withoutSecrets<C extends Readonly<Record<string, unknown>>>(config: C): C {
  const open: C = structuredClone(config);
  for (const key of SECRET_KEYS) Reflect.deleteProperty(open, key);
  const { webui } = config;
  if (webui !== undefined) Reflect.set(open, 'webui', withoutLogin(webui));
  return open;
}

/** @param given an address, or several; anything else stays as it is */
function withoutLogin(given: unknown): unknown {
  if (Array.isArray(given)) return given.map(withoutLogin);
  if (typeof given !== 'string' || !URL.canParse(given)) return given;
  const url = new URL(given);
  if (url.username === '' && url.password === '') return given;
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '');
}
