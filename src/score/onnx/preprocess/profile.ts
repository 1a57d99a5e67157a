/** What a preprocessing profile says, and those that are known by name. */
import { z } from 'zod';

const perChannel = z.tuple([z.number(), z.number(), z.number()]);

export const profileSchema = z.strictObject({
  /** Side of the square that the graph takes, in pixels. */
  size: z.int().min(1).max(4096),
  /**
   * `crop`: shorter side to the size, middle cut out. `squash`: both sides to the size. `pad`: laid in the middle of a square,
   * then resized. `letterbox`: longer side to the size, then laid in the middle.
   */
  fit: z.enum(['crop', 'squash', 'pad', 'letterbox']),
  /**
   * Side that `crop` and `squash` resize to before the middle is cut out, at least `size`: 256 before 224 is usual for
   * classifiers. Left out: the size itself.
   */
  resize: z.int().min(1).max(4096).optional(),
  /** Where `pad` and `letterbox` lay the image; `top-left`: all background is on the right and below. Left out: `middle`. */
  place: z.enum(['middle', 'top-left']).optional(),
  filter: z.enum(['bilinear', 'bicubic', 'lanczos']),
  /**
   * `pillow`: on bytes, equal to Pillow in every one. `floats`: on floats with antialiasing, as torchvision resizes tensors.
   * `plain`: on floats between the four nearest pixels, as OpenCV does.
   */
  resampler: z.enum(['pillow', 'floats', 'plain']).default('pillow'),
  /** Where a crop begins when the margin is odd: torchvision rounds half to even, the processors of transformers down. */
  cropOffset: z.enum(['half-even', 'floor']).default('half-even'),
  /** Grey level of what is laid around the image. */
  background: z.number().min(0).max(255).default(0),
  channels: z.enum(['rgb', 'bgr']).default('rgb'),
  /** Values go from 0 to 1, or to 255; then the mean is subtracted and the result divided by the deviation. */
  range: z.union([z.literal(1), z.literal(255)]).default(1),
  mean: perChannel.default([0, 0, 0]),
  std: perChannel.default([1, 1, 1]),
});
export type Profile = z.output<typeof profileSchema>;

const CLIP = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} satisfies Partial<Profile>;
const HALF = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } satisfies Partial<Profile>;
const clip224 = { size: 224, fit: 'crop', filter: 'bicubic', ...CLIP } satisfies z.input<
  typeof profileSchema
>;

const NAMED = {
  /** OpenAI's `clip.load`, ImageReward, BLIPScore. */
  clip224,
  /** CLIPProcessor of transformers: PickScore, aes-B32. One pixel beside `clip224` for some sizes. */
  clip224hf: { ...clip224, cropOffset: 'floor' },
  clip336hf: { ...clip224, size: 336, cropOffset: 'floor' },
  hps224: { ...clip224, resampler: 'floats' },
  /** SAC head of the WebUI extension. */
  sac224: { ...clip224, filter: 'lanczos' },
  beit384: { size: 384, fit: 'squash', filter: 'bilinear', ...HALF },
  shadow1024v1: { size: 1024, fit: 'squash', filter: 'bilinear', ...HALF },
  shadow1024v2: {
    size: 1024,
    fit: 'squash',
    filter: 'bilinear',
    mean: [0.65463551, 0.60715182, 0.61108185],
    std: [0.32903292, 0.32726001, 0.31909652],
  },
  siglip384: { size: 384, fit: 'squash', filter: 'bicubic', ...HALF },
  wd448: { size: 448, fit: 'pad', filter: 'bicubic', background: 255, channels: 'bgr', range: 255 },
  sky768: { size: 768, fit: 'letterbox', filter: 'bilinear', resampler: 'plain' },
  dgh448: { size: 448, fit: 'squash', filter: 'bilinear', ...HALF },
} satisfies Record<string, z.input<typeof profileSchema>>;

export type ProfileName = keyof typeof NAMED;
export const profileNames: readonly ProfileName[] = Object.keys(NAMED).filter(isName);

function isName(name: string): name is ProfileName {
  return Object.hasOwn(NAMED, name);
}

export function namedProfile(name: ProfileName): Profile {
  return profileSchema.parse(NAMED[name]);
}
