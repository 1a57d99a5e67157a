/** From an image on the server to a picture with what the server says of it. */
import type { Picture } from '../../types.ts';
import type { Client } from '../http/client.ts';
import { webuiError } from '../http/errors.ts';
import { lossOf } from './errors.ts';
import { identityOf } from './models.ts';
import type { StoredImage } from './schemas.ts';
import type { PlannedPicture } from './workflow.ts';

/**
 * What is reported is what the prompt says that was sent: the server's copy of it has been compared with it.
 * @param modelA its file
 * @throws WebuiError `webui-lost` when the picture is gone
 */
export async function fetchPicture(
  client: Client,
  image: StoredImage,
  { request, index, sent }: PlannedPicture,
  modelA: string,
  seconds: number,
  signal: AbortSignal,
): Promise<Picture> {
  const bytes = await download(client, image, signal);
  if (bytes.length === 0) {
    throw webuiError(
      'webui-bad-reply',
      `ComfyUI at ${client.address} sent an empty picture for "${request.id}".`,
    );
  }
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

async function download(client: Client, image: StoredImage, signal: AbortSignal): Promise<Uint8Array> {
  const query = new URLSearchParams(image).toString();
  try {
    return await client.getBytes(`/view?${query}`, signal);
  } catch (error) {
    throw lossOf(client.address, error);
  }
}
