/** Is a WebUI there, does its API answer, which program and which process is it? */
import { awakeTime } from '../../shared/awake-time.ts';
import { pause } from '../../shared/abort/pause.ts';
import type { Client } from '../http/client.ts';
import { isConnectionLoss, WebuiError, webuiError } from '../http/errors.ts';
import { ignoredSchema } from './schemas.ts';
import { familyOf, readSettings, selectedIn } from './server-settings.ts';
import type { ServerSettings, WebuiFamily } from './server-settings.ts';

export interface Connection {
  readonly family: WebuiFamily;
  /** New at every start of the server. Text, for the number exceeds 2^53. Null where it serves no pages (`--nowebui`). */
  readonly appId: string | null;
  /** What is selected, as the server says it. */
  readonly checkpoint: string | null;
  readonly settings: ServerSettings;
}

export interface ConnectOptions {
  /** Seconds to wait for a server that is starting; 0 = complain at once. */
  readonly waitSeconds: number;
  readonly pollSeconds?: number;
  /** Seconds, at least, before a server that answers without its API is taken for one that lacks it. Default 10. */
  readonly apiSeconds?: number;
}

/** Some seconds pass between the first page of a WebUI that starts and its API. */
export const API_SECONDS = 10;

/** Everything answers but the API: for a moment after a start, or for ever without `--api`. */
class WithoutApi extends WebuiError {}

/** @throws WebuiError, with the most telling reason at the end of the wait */
export async function connect(
  client: Client,
  { waitSeconds, pollSeconds = 1, apiSeconds = API_SECONDS }: ConnectOptions,
  signal: AbortSignal,
): Promise<Connection> {
  const start = awakeTime();
  let limitSeconds = waitSeconds;
  for (let attempt = 0; ; attempt++) {
    try {
      return await connectOnce(client, signal);
    } catch (error) {
      // An idle connection that the server had closed says nothing about the server.
      if (attempt === 0 && error instanceof WebuiError && error.code === 'webui-lost') continue;
      if (error instanceof WithoutApi) limitSeconds = Math.max(waitSeconds, apiSeconds);
      const isLast = awakeTime() + pollSeconds * 1000 > start + limitSeconds * 1000;
      if (isLast || !mayPass(error)) throw error;
    }
    await pause(pollSeconds * 1000, signal);
  }
}

/** The id of the server process as text; null from a server that was started with `--nowebui`: the id is that of its pages. */
export async function readAppId(client: Client, signal: AbortSignal): Promise<string | null> {
  let text: string;
  try {
    text = await client.getText('/app_id', signal);
  } catch (error) {
    if (error instanceof WebuiError && error.status === 404) return null;
    throw error;
  }
  const id = /"app_id"\s*:\s*"?(\d+)/.exec(text)?.[1];
  if (id === undefined) {
    throw webuiError(
      'webui-bad-reply',
      `${client.address} answered GET /app_id without a number; it may not be an AUTOMATIC1111 WebUI.`,
    );
  }
  return id;
}

async function connectOnce(client: Client, signal: AbortSignal): Promise<Connection> {
  try {
    const settings = await readSettings(client, signal, { retry: false });
    // Without pages nothing else tells a WebUI from any program that answers with an object.
    if (!('sd_model_checkpoint' in settings)) throw notAWebui(client);
    const appId = await readAppId(client, signal);
    return { family: familyOf(settings), appId, checkpoint: selectedIn(settings), settings };
  } catch (error) {
    if (!(error instanceof WebuiError)) throw error;
    if (error.status === 404) throw await whyNotFound(client, signal, error);
    if (error.code === 'webui-bad-reply' || error.status === 405) throw notAWebui(client, error);
    throw error;
  }
}

/** While the server starts, and without `--api`, the pages of gradio are there and `/sdapi` is not. */
async function whyNotFound(client: Client, signal: AbortSignal, cause: WebuiError): Promise<WebuiError> {
  const isGradio = await answers(client, '/app_id', signal);
  if (!isGradio) return notAWebui(client, cause);
  const hasStarted = await answers(client, '/internal/ping', signal);
  if (hasStarted) {
    const message = `The WebUI at ${client.address} runs without its API; restart it with --api.`;
    return new WithoutApi('webui-api-disabled', 'run', message, { cause });
  }
  return webuiError(
    'webui-api-disabled',
    `The WebUI at ${client.address} is still starting, or runs without its API; wait a moment, or restart it with --api.`,
    { cause },
  );
}

async function answers(client: Client, path: string, signal: AbortSignal): Promise<boolean> {
  try {
    await client.get(path, ignoredSchema, signal, { retry: false });
    return true;
  } catch (error) {
    // Rubbish in place of JSON: some other program, which has a page for everything.
    if (error instanceof WebuiError && (error.status === 404 || error.code === 'webui-bad-reply'))
      return false;
    throw error;
  }
}

function notAWebui(client: Client, cause?: WebuiError): WebuiError {
  return webuiError(
    'webui-not-a-webui',
    `Something answers at ${client.address}, but it is not an AUTOMATIC1111 WebUI, a Forge or a ComfyUI; correct the address or the port.`,
    { cause },
  );
}

/** A starting server refuses, lacks its API for a moment, or resets the connection of its predecessor. */
function mayPass(error: unknown): boolean {
  if (isConnectionLoss(error)) return true;
  // A reverse proxy in front of a server that is down.
  return error instanceof WebuiError && error.status !== undefined && error.status >= 502;
}
