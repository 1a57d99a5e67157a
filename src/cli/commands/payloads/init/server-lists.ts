/** What a running server offers to choose from. Changes nothing on it. */
import { z } from 'zod';
import { isExpected } from '../../../../shared/errors.ts';
import { listModels } from '../../../../renderers/a1111/checkpoint.ts';
import { connect } from '../../../../renderers/a1111/connect.ts';
import { stableNameOf } from '../../../../renderers/a1111/models.ts';
import { schedulersSchema } from '../../../../renderers/a1111/schemas.ts';
import { catalogOf } from '../../../../renderers/comfyui/attach.ts';
import { connectComfy, isComfy } from '../../../../renderers/comfyui/client.ts';
import { readAllNodes } from '../../../../renderers/comfyui/nodes.ts';
import { createClient, type Client, type ClientOptions } from '../../../../renderers/http/client.ts';
import type { ServerList } from './questions.ts';

export interface ServerLists {
  readonly family: 'a1111' | 'comfyui';
  readonly address: string;
  readonly lists: Readonly<Record<ServerList, readonly string[]>>;
}

/** @returns a sentence when no server answers, or none that can be used */
export async function readServerLists(
  options: Pick<ClientOptions, 'url' | 'auth' | 'gradioAuth'>,
  signal: AbortSignal,
): Promise<ServerLists | { readonly problem: string }> {
  const settings = { ...options, retryDelays: [] };
  const comfy = connectComfy(settings).client;
  const webui = createClient(settings);
  try {
    return (await answersAsComfy(comfy, signal))
      ? await listsOfComfy(comfy, signal)
      : await listsOfWebui(webui, signal);
  } catch (error) {
    if (!isExpected(error)) throw error;
    return { problem: error.message };
  } finally {
    await Promise.all([comfy.close(), webui.close()]);
  }
}

/** A server that does not answer is none: the other client says what is wrong. */
async function answersAsComfy(client: Client, signal: AbortSignal): Promise<boolean> {
  try {
    return await isComfy(client, signal);
  } catch (error) {
    if (isExpected(error)) return false;
    throw error;
  }
}

const namesSchema = z.array(z.object({ name: z.string() }));

async function listsOfWebui(client: Client, signal: AbortSignal): Promise<ServerLists> {
  await connect(client, { waitSeconds: 0 }, signal);
  const names = async (list: string): Promise<string[]> =>
    (await client.get(`/sdapi/v1/${list}`, namesSchema, signal)).map(({ name }) => name);
  const schedulers = await client.get('/sdapi/v1/schedulers', schedulersSchema, signal);
  const upscalers = [...(await names('latent-upscale-modes')), ...(await names('upscalers'))];
  return {
    family: 'a1111',
    address: client.address,
    lists: {
      samplers: await names('samplers'),
      schedulers: schedulers.map(({ label }) => label),
      upscalers,
      models: (await listModels(client, signal)).map(stableNameOf),
    },
  };
}

/** The search takes the WebUI's names as well, so that its payloads serve both. */
async function listsOfComfy(client: Client, signal: AbortSignal): Promise<ServerLists> {
  const catalog = catalogOf(await readAllNodes(client, signal));
  return {
    family: 'comfyui',
    address: client.address,
    lists: {
      samplers: ['Euler', ...catalog.samplers],
      schedulers: ['Automatic', ...catalog.schedulers],
      upscalers: ['Latent', ...catalog.upscaleModels],
      models: [...catalog.checkpoints, ...catalog.networks],
    },
  };
}
