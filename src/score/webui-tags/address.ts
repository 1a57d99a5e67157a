import { usageError } from '../../shared/errors.ts';
import { hideSecrets } from '../external/hide-secrets.ts';
import type { Safe } from '../external/hide-secrets.ts';

export interface WebuiAddress {
  /** Ends in a slash; without login, query and fragment. */
  readonly base: URL;
  readonly authorization: string | undefined;
  readonly safe: Safe;
}

const VARIABLE = 'AUTOMBW_WEBUI_AUTH';

/**
 * @param url with or without `http://`; a login inside it counts where the variable is not set
 * @throws usage error `scorer-options` or `scorer-auth`; neither quotes a password
 */
export function webuiAddress(
  url: string,
  env: Readonly<Record<string, string | undefined>>,
  id = 'webui-tags',
): WebuiAddress {
  const full = url.includes('://') ? url : `http://${url}`;
  const base = URL.canParse(full) ? new URL(full) : undefined;
  if (base === undefined || !/^https?:$/.test(base.protocol)) {
    throw usageError(
      'scorer-options',
      `The setting url of scorer "${id}" must look like http://127.0.0.1:7860, not "${url.replace(/^.*@/s, '…@')}".`,
    );
  }
  const inUrl = base.username === '' ? undefined : `${decoded(base.username)}:${decoded(base.password)}`;
  const login = env[VARIABLE]?.trim() || inUrl;
  if (login !== undefined && login.indexOf(':') < 1) {
    throw usageError(
      'scorer-auth',
      `The variable ${VARIABLE}, which scorer "${id}" logs in with, must have the form user:password.`,
    );
  }
  base.username = '';
  base.password = '';
  base.search = '';
  base.hash = '';
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  const encoded = login === undefined ? undefined : Buffer.from(login, 'utf8').toString('base64');
  return {
    base,
    authorization: encoded === undefined ? undefined : `Basic ${encoded}`,
    safe: hideSecrets([login, encoded, login?.slice(login.indexOf(':') + 1)]),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
