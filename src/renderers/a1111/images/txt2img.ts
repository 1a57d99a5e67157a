/** One txt2img: the body that is sent, and the images out of the reply. */
import { usageError } from '../../../shared/errors.ts';
import { parseJson } from '../../../shared/parse-json.ts';
import type { ImageRequest, Image } from '../../../types.ts';
import { assertAsAsked } from './check-reply.ts';
import type { Expectations } from './check-reply.ts';
import { webuiError } from '../../http/errors.ts';
import { largestImages } from '../../http/reply-limits.ts';
import type { MergedBody } from '../backends/backend.ts';
import { imageOrder } from './image-order.ts';
import { generationInfoSchema } from '../schemas.ts';
import type { GenerationInfo } from '../schemas.ts';
import { counted } from '../../../shared/counted.ts';

/**
 * The body without merge arguments: the request's own, and images in the reply instead of files on the server.
 * @param taskId a name for the server's queue, `task(…)`
 * @param isSaved some extensions look at an image only when the server saves it
 * @throws usage error `payload-checkpoint` for requests that switch checkpoints, which breaks merges in memory
 */
export function bodyOf(request: ImageRequest, taskId: string, isSaved = false): MergedBody {
  refuseCheckpoints(request);
  return {
    ...request.body,
    // With save_images the first image of several is a grid; the reply's own index tells where the others begin.
    save_images: isSaved,
    send_images: true,
    do_not_save_samples: !isSaved,
    do_not_save_grid: true,
    force_task_id: taskId,
  };
}

/**
 * @param seconds that the whole request took
 * @throws WebuiError `webui-bad-reply`, `webui-wrong-reply`, or `webui-interrupted` when images are missing
 */
export function imagesOf(
  request: ImageRequest,
  reply: { readonly images: readonly string[]; readonly info: string },
  expected: Expectations,
  seconds: number,
): readonly Image[] {
  const info = parseInfo(reply.info, expected.address);
  assertAsAsked(request, info, expected);
  const first = info.index_of_first_image;
  const count = request.seeds.length;
  // Extensions may append images of their own after the asked ones.
  const images = reply.images.slice(first, first + count);
  if (images.length < count) {
    throw webuiError(
      'webui-interrupted',
      `The WebUI at ${expected.address} sent ${images.length} of the ${counted(count, 'image')} of "${request.id}": somebody interrupted the generation; leave the WebUI alone until the run ends.`,
    );
  }
  return imageOrder(request, info, expected.address).map((at, index) => ({
    request,
    index,
    bytes: decode(images[at] ?? '', request, expected.address),
    reported: {
      seed: info.all_seeds[index] ?? null,
      modelName: info.sd_model_name ?? null,
      modelHash: info.sd_model_hash ?? null,
      samplerName: info.sampler_name ?? null,
      width: info.width ?? null,
      height: info.height ?? null,
      infotext: info.infotexts[first + at] ?? null,
    },
    seconds: seconds / count,
  }));
}

/** Bytes beyond which a reply cannot be the images of this request. */
export function largestReplyTo({ body, seeds }: ImageRequest): number {
  const number = (key: string, usual: number): number => {
    const value = Number(body[key] ?? 0);
    return value > 0 ? value : usual;
  };
  const [width, height] = [number('width', 512), number('height', 512)];
  const scale = body['enable_hr'] === true ? number('hr_scale', 2) : 1;
  const longest = (side: number, key: string): number => Math.max(side * scale, number(key, 0));
  // A script may enlarge images as it likes.
  const spare = typeof body['script_name'] === 'string' && body['script_name'] !== '' ? 16 : 1;
  const pixels = longest(width, 'hr_resize_x') * longest(height, 'hr_resize_y') * spare;
  return largestImages({ pixels, count: seeds.length });
}

/** @throws usage error `payload-checkpoint` */
export function refuseCheckpoints({ body, payload }: ImageRequest): void {
  const overrides = body['override_settings'];
  const inOverrides =
    typeof overrides === 'object' && overrides !== null && 'sd_model_checkpoint' in overrides;
  const key = inOverrides
    ? 'override_settings.sd_model_checkpoint'
    : ['refiner_checkpoint', 'hr_checkpoint_name'].find((name) => (body[name] ?? '') !== '');
  if (key === undefined) return;
  throw usageError(
    'payload-checkpoint',
    `The payload "${payload}" sets "${key}", but switching checkpoints destroys the merge in memory; remove it.`,
  );
}

function parseInfo(text: string, address: string): GenerationInfo {
  const parsed = generationInfoSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw webuiError(
    'webui-bad-reply',
    `${address} answered txt2img with an unreadable "info" (${parsed.error.issues[0]?.path.join('.') || 'not a JSON object'}); is it an AUTOMATIC1111 WebUI?`,
    { cause: parsed.error },
  );
}

function decode(image: string, request: ImageRequest, address: string): Uint8Array {
  const text = image.replace(/^data:[^,]*,/, '').trimEnd();
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0) {
    throw webuiError('webui-bad-reply', `${address} sent an empty image for "${request.id}".`);
  }
  // Node leaves out what is not base64, and what is left may even be taken for an image.
  if (bytes.length === Math.floor((text.replace(/=+$/, '').length * 3) / 4)) return bytes;
  throw webuiError(
    'webui-bad-reply',
    `${address} sent an image for "${request.id}" with damaged base64; check for a proxy or tunnel between it and this machine.`,
  );
}
