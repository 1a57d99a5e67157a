/** How a scorer is described: which graph sees the image, which reads the prompt, and how a number is made of it. */
import { z } from 'zod';
import { describeIssues } from '../../shared/describe-issues.ts';
import { messageOf, usageError } from '../../shared/errors.ts';
import { readTextFileSync } from '../../shared/files/read-file.ts';
import { namedProfile, profileNames, profileSchema, type Profile } from './preprocess/profile.ts';

const text = z.string().min(1);

const fileSchema = z.strictObject({
  /** Below the models folder, with forward slashes; of a user's manifest also beside it, or absolute. */
  file: text,
  /** The whole hash, or its first digits (12 at least). */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{12,64}$/, 'must be 12 to 64 hexadecimal digits')
    .optional(),
});
export type ModelFile = z.output<typeof fileSchema>;

const pictureSchema = z.strictObject({
  graph: fileSchema,
  /** Name of the graph's input; left out: the one that is no text. */
  input: text.optional(),
  layout: z.enum(['nchw', 'nhwc']).default('nchw'),
  profile: z.union([z.enum(profileNames).transform(namedProfile), profileSchema]),
  /** Name of the output that is read; left out: the only one. */
  output: text.optional(),
});

const textSchema = z.strictObject({
  /** The text tower; left out where the image's graph takes the text as well. */
  graph: fileSchema.optional(),
  output: text.optional(),
  ids: text,
  /** Left out of the call where the graph does not take it. */
  mask: text.optional(),
  tokenizer: fileSchema.extend({
    kind: z.enum(['clip', 'wordpiece']),
    /** Most tokens, start and end included. */
    length: z.int().min(3).max(4096),
    /** A token or an id that fills up to the length; null: the text has its own length. */
    pad: z.union([text, z.int().min(0), z.null()]),
  }),
});

export type Step =
  | 'relu'
  | 'sigmoid'
  | 'tanh'
  /** Name of a layer: its tensors are `<name>.weight` and `<name>.bias`, without the dot where the name is empty. */
  | { readonly linear: string }
  | { readonly leakyRelu: number }
  /** Name of a batch normalisation after training: `<name>.weight`, `.bias`, `.running_mean` and `.running_var`. */
  | { readonly batchNorm: string; readonly epsilon?: number | undefined }
  /** Lowest and highest value. */
  | { readonly clamp: readonly [number, number] }
  /** Factor and offset. */
  | { readonly affine: readonly [number, number] }
  /** The input is added to what the steps make of it. */
  | { readonly residual: readonly Step[] };

const stepSchema: z.ZodType<Step> = z.lazy(() =>
  z.union([
    z.enum(['relu', 'sigmoid', 'tanh']),
    z.strictObject({ linear: z.string() }),
    z.strictObject({ leakyRelu: z.number() }),
    z.strictObject({ batchNorm: z.string(), epsilon: z.number().positive().optional() }),
    z.strictObject({ clamp: z.tuple([z.number(), z.number()]) }),
    z.strictObject({ affine: z.tuple([z.number(), z.number()]) }),
    z.strictObject({ residual: z.array(stepSchema).min(1) }),
  ]),
);

/** Which rows of an output count that has one for each kind of number, such as the classes of a detector's boxes. */
const channelsSchema = z.strictObject({
  /** `first`: the output is rows of channels, [batch, count, …]; `last`: [batch, …, count]. */
  axis: z.enum(['first', 'last']).default('first'),
  count: z.int().min(1),
  /** From 0. */
  read: z.array(z.int().min(0)).min(1),
});
export type Channels = z.output<typeof channelsSchema>;

const headSchema = z.discriminatedUnion('kind', [
  /** The graph's one number. */
  z.strictObject({ kind: z.literal('identity') }),
  /** A small network over the embedding. */
  z.strictObject({
    kind: z.literal('layers'),
    /** `unit`: to length 1. `sqrt-dimension`: to the root of the embedding's length. */
    normalise: z.enum(['unit', 'sqrt-dimension', 'none']).default('unit'),
    /** The same weights in other files; the first that is there is read. */
    files: z.array(fileSchema).min(1),
    layers: z.array(stepSchema).min(1),
    /** What the head gives for two vectors of length 1, all numbers equal or of alternating sign: proves weights and layers. */
    probes: z.strictObject({ constant: z.number(), alternating: z.number() }).optional(),
  }),
  /** Between the image's and the text's embedding. */
  z.strictObject({ kind: z.literal('cosine'), scale: z.number().positive().default(1) }),
  /** Probability of one label among the graph's logits. */
  z.strictObject({ kind: z.literal('softmax'), labels: z.array(text).min(2), label: text }),
  /** Probability of one label; the graph gives probabilities, which need not sum to 1. */
  z.strictObject({ kind: z.literal('probability'), labels: z.array(text).min(1), label: text }),
  /** Mean or largest of all numbers that the graph gives, as of a map or the boxes of a detector. */
  z.strictObject({
    kind: z.enum(['mean', 'max']),
    channels: channelsSchema.optional(),
    /** What it is when the graph gives no number at all: no box was found. Left out: an error. */
    none: z.number().optional(),
  }),
  /** Expected place among labels from worst (0) to best; the graph gives probabilities. */
  z.strictObject({ kind: z.literal('rank'), labels: z.array(text).min(2) }),
  /** How surely the tags of the prompt are seen; the file is the tagger's selected_tags.csv. */
  fileSchema.extend({
    kind: z.literal('tags'),
    /** What the mean probability of the negative prompt's tags counts. */
    unwanted: z.number().min(0).default(0.5),
    /** Fewer known tags than that in the prompt: not applicable. */
    fewest: z.int().min(1).default(3),
  }),
]);
export type Head = z.output<typeof headSchema>;

const mapSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('sigmoid'), centre: z.number(), scale: z.number().positive().default(1) }),
  z.strictObject({ kind: z.literal('affine'), factor: z.number(), offset: z.number() }),
]);

const bound = z.number().nullable().default(null);

export const manifestSchema = z
  .strictObject({
    version: z.literal(1),
    id: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be lower-case words joined by -'),
    summary: text,
    /** Of the weights. */
    licence: text,
    /** Where the files come from, and what of them. */
    source: text,
    picture: pictureSchema,
    text: textSchema.optional(),
    head: headSchema,
    range: z.strictObject({ min: bound, max: bound }).default({ min: null, max: null }),
    higherIsBetter: z.boolean().default(true),
    /** What is usually made of the raw value to bring it between 0 and 1; the scorer itself gives the raw value. */
    map: mapSchema.optional(),
  })
  .refine(({ text: encoder, head }) => head.kind !== 'cosine' || encoder?.graph !== undefined, {
    message: 'needs a text with its own graph',
    path: ['head', 'kind'],
  })
  .refine(({ text: encoder }) => encoder?.graph === undefined || encoder.output !== undefined, {
    message: 'must be given with a text graph',
    path: ['text', 'output'],
  })
  .refine(({ head }) => !('label' in head) || head.labels.includes(head.label), {
    message: 'must be one of the labels',
    path: ['head', 'label'],
  })
  .refine(({ head }) => !('channels' in head) || isWithin(head.channels), {
    message: 'must be below the count of channels',
    path: ['head', 'channels', 'read'],
  })
  .refine(({ picture: { profile } }) => profile.resize === undefined || mayResize(profile), {
    message: 'must be at least the size, with the fit crop or squash',
    path: ['picture', 'profile', 'resize'],
  })
  .refine(({ picture: { profile } }) => profile.place === undefined || hasBackground(profile), {
    message: 'is only for the fit pad or letterbox',
    path: ['picture', 'profile', 'place'],
  });
export type Manifest = z.output<typeof manifestSchema>;

function isWithin(channels: Channels | undefined): boolean {
  return channels === undefined || channels.read.every((at) => at < channels.count);
}

function mayResize({ resize = 0, size, fit }: Profile): boolean {
  return resize >= size && (fit === 'crop' || fit === 'squash');
}

function hasBackground({ fit }: Profile): boolean {
  return fit === 'pad' || fit === 'letterbox';
}

/** Every file of a scorer; those of one group are the same thing, of which one is enough. */
export function filesOf({ picture, text: encoder, head }: Manifest): (readonly ModelFile[])[] {
  const own = ({ file, sha256 }: ModelFile): ModelFile[] => [
    sha256 === undefined ? { file } : { file, sha256 },
  ];
  const heads = head.kind === 'layers' ? [head.files] : head.kind === 'tags' ? [own(head)] : [];
  const texts =
    encoder === undefined
      ? []
      : [...(encoder.graph === undefined ? [] : [own(encoder.graph)]), own(encoder.tokenizer)];
  return [own(picture.graph), ...texts, ...heads];
}

/** @throws usage error `onnx-manifest` */
export function readManifest(file: string): Manifest {
  let content: unknown;
  try {
    content = JSON.parse(readTextFileSync(file));
  } catch (cause) {
    throw manifestError(file, `it cannot be read as JSON (${messageOf(cause)}).`, cause);
  }
  const parsed = manifestSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const issues = describeIssues(parsed.error.issues, {
    nameOf: (path) => `"${path.map(String).join('.')}"`,
    knownKeys: Object.keys(manifestSchema.shape),
    input: content,
  });
  throw manifestError(file, issues.join(' '), parsed.error);
}

function manifestError(file: string, what: string, cause: unknown): Error {
  return usageError('onnx-manifest', `The manifest ${file} is not valid: ${what} See docs/onnx-scorers.md.`, {
    cause,
  });
}
