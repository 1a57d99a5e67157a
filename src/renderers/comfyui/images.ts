/** From an image on the server to an image with what the server says of it. */
import { pause } from '../../shared/abort/pause.ts';
import { damageOf } from '../../shared/files/image-file.ts';
import type { Image } from '../../types.ts';
import type { Client } from '../http/client.ts';
import { WebuiError, isPutOff, isSpoiledReply, webuiError } from '../http/errors.ts';
import { lossOf } from './errors.ts';
import { identityOf } from './models.ts';
import type { StoredImage } from './schemas.ts';
import type { PlannedImage } from './graph/workflow.ts';

/**
 * What is reported is what the prompt says that was sent: the server's copy of it has been compared with it.
 * @param modelA its file
 * @throws WebuiError `webui-lost` when the image is gone, `webui-bad-reply` when it never comes whole
 */
export async function fetchImage(
  client: Client,
  image: StoredImage,
  { request, index, sent }: PlannedImage,
  modelA: string,
  { seconds, pollSeconds }: { readonly seconds: number; readonly pollSeconds: number },
  signal: AbortSignal,
): Promise<Image> {
  const bytes = await download(client, image, request.id, pollSeconds, signal).catch((error: unknown) => {
    throw error instanceof WebuiError ? error.with({ image: { request: request.id, index } }) : error;
  });
  return {
    request,
    index,
    bytes,
    reported: {
      seed: sent.seed,
      modelName: identityOf(modelA).name,
      modelHash: null,
      samplerName: sent.sampler,
      width: sent.width,
      height: sent.height,
      infotext: null,
    },
    seconds,
  };
}

/** What does not arrive whole is fetched again: the server still has the file. */
async function download(
  client: Client,
  image: StoredImage,
  id: string,
  pollSeconds: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const query = new URLSearchParams(image).toString();
  for (let attempt = 0; ; attempt++) {
    let failure: unknown;
    try {
      const bytes = await client.getBytes(`/view?${query}`, signal);
      const damage = damageOf(bytes);
      if (damage === undefined) return bytes;
      failure = webuiError(
        'webui-bad-reply',
        `ComfyUI at ${client.address} sent a damaged image for "${id}": ${damage}; check its console, and for a proxy or tunnel between it and this machine.`,
      );
    } catch (error) {
      if (!isSpoiledReply(error)) throw lossOf(client.address, error);
      failure = error;
    }
    const polls = PAUSES[attempt];
    if (polls === undefined) {
      // Of a server that is busy the file is asked for later.
      if (!(failure instanceof WebuiError && isPutOff(failure))) await forgetResults(client, signal);
      throw failure;
    }
    await pause(1000 * polls * pollSeconds, signal);
  }
}

/** The same prompt would give the same file again, out of what ComfyUI remembers. */
async function forgetResults(client: Client, signal: AbortSignal): Promise<void> {
  try {
    await client.send('/free', { free_memory: true }, signal);
  } catch {
    signal.throwIfAborted();
    // What failed before is what gets reported.
  }
}

/** Before the file is fetched again, in polls. */
const PAUSES = [0.2, 1, 3];
