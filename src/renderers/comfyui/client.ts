/** HTTP to a ComfyUI, in words that fit it, and the address of its WebSocket. */
import { parseAddress } from '../http/address.ts';
import { createClient } from '../http/client.ts';
import type { Client, ClientOptions } from '../http/client.ts';
import { WebuiError, webuiError } from '../http/errors.ts';
import type { Call, Wording } from '../http/failures.ts';
import { refusalOf } from './errors.ts';
import { systemStatsSchema } from './schemas.ts';

export interface ComfyConnection {
  readonly client: Client;
  /** Of the WebSocket, for a client id. */
  socketUrl(clientId: string): URL;
  readonly authorization: string | undefined;
}

export type ComfyClientOptions = Omit<ClientOptions, 'gradioAuth'>;

/** @throws usage error `webui-address` or `webui-credentials` */
export function connectComfy(options: ComfyClientOptions): ComfyConnection {
  const { base, authorization } = parseAddress(options.url, options.auth);
  return {
    client: createClient(options, { wording: COMFY_WORDING }),
    socketUrl(clientId) {
      const url = new URL(`ws?clientId=${encodeURIComponent(clientId)}`, base);
      url.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
      return url;
    },
    authorization,
  };
}

/**
 * Is it a ComfyUI? The client may be one of any family. Changes nothing.
 * @throws WebuiError when nothing answers at all, or the signal's reason
 */
export async function isComfy(client: Client, signal: AbortSignal): Promise<boolean> {
  try {
    await client.get('/system_stats', systemStatsSchema, signal);
    return true;
  } catch (error) {
    if (error instanceof WebuiError && (error.status !== undefined || error.code === 'webui-bad-reply')) {
      return false;
    }
    throw error;
  }
}

export const COMFY_WORDING: Wording = {
  program: 'ComfyUI',
  start: 'start ComfyUI',
  explainStatus(call, status, text) {
    if (status === 401 || status === 403) return loginNeeded(call, status);
    // The images of earlier prompts are wiped at every start.
    if (status === 404 && call.path.startsWith('/view?')) {
      return webuiError(
        'webui-lost',
        `ComfyUI at ${call.address} no longer has an image it made; it was probably restarted.`,
        { status },
      );
    }
    if (status === 404) {
      return webuiError(
        'webui-rejected',
        `${call.address} has no ${call.path.replace(/\?.*$/, '')}; it is not ComfyUI, or has a different address.`,
        // While it starts again, something else may answer in its place.
        { status, retry: 'rearm', endsRun: true },
      );
    }
    if (status === 413) {
      return webuiError(
        'webui-rejected',
        `ComfyUI at ${call.address} refused ${call.path} as too large; start it with a larger --max-upload-size.`,
        { status },
      );
    }
    return refusalOf(call, status, text);
  },
};

/** ComfyUI itself has no login. */
function loginNeeded(call: Call, status: number): WebuiError {
  return webuiError(
    'webui-auth',
    `${call.address} requires a login for ${call.path} (status ${status}), for a proxy in front of ComfyUI; give its user and password as --webui-auth user:password.`,
    { status },
  );
}
