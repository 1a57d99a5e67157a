/** Which image belongs to which seed: a script may sort its images (by score, say), and leaves the seeds as they were. */
import type { ImageRequest } from '../../../types.ts';
import { webuiError } from '../../http/errors.ts';
import { infotextField } from './infotext-field.ts';
import type { GenerationInfo } from '../schemas.ts';

/**
 * For each seed of the request the position of its image, by the seed in the text that goes with each image. Only
 * scripts sort; without one, texts that fit no order say nothing.
 * @throws WebuiError `webui-wrong-reply` when a script was used and the texts leave the order open
 */
export function imageOrder(
  request: ImageRequest,
  { infotexts, index_of_first_image: first }: GenerationInfo,
  address: string,
): readonly number[] {
  const { seeds } = request;
  const asSent = seeds.map((_, i) => i);
  const found = seeds.map((_, i) => Number(infotextField(infotexts[first + i], 'Seed')));
  if (found.every((seed, i) => Number.isNaN(seed) || seed === seeds[i])) return asSent;
  const order = seeds.map((seed) => found.indexOf(seed));
  if (!order.includes(-1) && new Set(order).size === seeds.length) return order;
  const { script_name: script } = request.body;
  if (typeof script !== 'string' || script === '') return asSent;
  throw webuiError(
    'webui-wrong-reply',
    `The WebUI at ${address} answered "${request.id}" with images of the seeds ${found.join(', ')} instead of ${seeds.join(', ')}, ` +
      `so they cannot be matched; the script "${script}" may have skipped some: turn that off in script_args.`,
    { field: 'seed' },
  );
}
