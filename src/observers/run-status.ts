/**
 * What a run does just now, in a small file beside its journal: for those who watch it from another process. Nothing depends on it. It
 * is replaced at most once a second and removed at the end; what a killed run has left of it is old, so whoever reads it asks first
 * whether the run lives.
 */
import { z } from 'zod';
import { isReadFailure, readRegularFile } from '../shared/files/read-file.ts';

const SERVER_STATES = ['idle', 'merging', 'drawing', 'waiting', 'down'] as const;

/** Of the image that a server makes. */
const work = z.object({
  trial: z.int(),
  /** What is being measured where it is no iteration. */
  label: z.string().optional(),
  /** Images finished and asked for. */
  done: z.int().min(0),
  total: z.int().min(0),
  /** Sampler step, and how many there are; null where unknown. */
  step: z.number().nullable(),
  steps: z.number().nullable(),
});

const server = z.object({
  name: z.string(),
  /** Without a login; null where nobody knows. */
  address: z.string().nullable(),
  state: z.enum(SERVER_STATES),
  sentence: z.string(),
  /** ISO 8601, UTC: when that began. */
  since: z.string(),
  work: work.nullable(),
  /** Of several WebUIs: images that it has made for this session, and the seconds of one; null before the first. */
  images: z.int().min(0).optional(),
  secondsPerImage: z.number().nullable().optional(),
});

const image = z.object({
  request: z.string(),
  index: z.int().min(0),
  payload: z.string(),
  seed: z.number(),
  pixels: z.string(),
  /** Null until it is judged. */
  score: z.number().nullable(),
});

/** Images of an iteration that is being measured, in the order in which they came. */
const measured = z.object({
  trial: z.int(),
  /** Images that it had before, and will have. */
  had: z.int().min(0),
  total: z.int().min(0),
  images: z.array(image),
});

const VERSION = 1;
const statusSchema = z.object({
  version: z.literal(VERSION),
  servers: z.array(server),
  measured: z.array(measured),
});

export type RunStatus = Omit<z.output<typeof statusSchema>, 'version'>;
export type ServerStatus = RunStatus['servers'][number];
export type MeasuredStatus = RunStatus['measured'][number];

/** Bytes: a thousand images of an iteration have a fifth of it. */
const LARGEST = 2_000_000;

export function statusText(status: RunStatus): string {
  return JSON.stringify({ version: VERSION, ...status });
}

/** @returns undefined where there is none, or none that this version can read */
export async function readStatus(file: string): Promise<RunStatus | undefined> {
  try {
    const bytes = await readRegularFile(file, { limit: LARGEST });
    return statusSchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError || isReadFailure(error)) return undefined;
    throw error;
  }
}
