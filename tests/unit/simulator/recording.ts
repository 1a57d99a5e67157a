/** Recorded exchanges with the real server, and the comparison of a reply with one of them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { z } from 'zod';

const RecordingSchema = z.object({
  request: z.object({
    method: z.string(),
    path: z.string(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.unknown().optional(),
  }),
  status: z.number(),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.unknown(),
  derived: z
    .object({
      images: z
        .array(z.object({ size: z.tuple([z.number(), z.number()]), pixel_sha256: z.string() }))
        .optional(),
      info_parsed: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
});

export type Recording = z.infer<typeof RecordingSchema>;

const Txt2imgSchema = z.object({
  images: z.array(z.string()),
  parameters: z.record(z.string(), z.unknown()),
  info: z.string(),
});

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface ImageHash {
  readonly recorded: string;
  readonly simulated: string;
}

export function recording(name: string): Recording {
  const url = new URL(`../../fixtures/webui/${name}.json`, import.meta.url);
  return RecordingSchema.parse(JSON.parse(readFileSync(url, 'utf8')));
}

/** Sends the recorded request; `changes` replaces parts of the body (event numbers, cut images). */
export async function replay(
  url: string,
  name: string,
  changes: object = {},
  headers: object = {},
): Promise<Reply> {
  const { request } = recording(name);
  const isForm = typeof request.body === 'string' && request.headers !== undefined;
  const body =
    typeof request.body === 'string' ? request.body : JSON.stringify(changed(request.body, changes));
  const response = await fetch(url + request.path, {
    method: request.method,
    headers: { ...(isForm ? {} : { 'content-type': 'application/json' }), ...request.headers, ...headers },
    ...(request.body === undefined ? {} : { body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function changed(body: unknown, changes: object): unknown {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body, ...changes } : body;
}

/** What the server draws by lot, measures, or makes of the clock: only the type counts. */
const VARIES = new Set([
  'duration',
  'average_duration',
  'app_id',
  'job_timestamp',
  'subseed',
  'all_subseeds',
  'free',
  'used',
  'total',
  'progress',
  'eta_relative',
  'sampling_step',
  'sampling_steps',
  'job_no',
  'job_count',
  'job',
  'commit_hash',
  'version_id',
  'commit_date',
  'version',
  'images',
]);

/** Differences in words; empty = the reply is as recorded. Images are appended to `images`. */
export async function differences(
  name: string,
  reply: Reply,
  images: ImageHash[],
  varies: readonly string[] = [],
): Promise<string[]> {
  const recorded = recording(name);
  const faults: string[] = [];
  if (reply.status !== recorded.status) faults.push(`status ${reply.status}, recorded ${recorded.status}`);
  for (const header of ['x-process-time', 'allow', 'content-type']) {
    if (recorded.headers['content-type'] === undefined) continue;
    if (reply.headers.has(header) !== header in recorded.headers) faults.push(`header ${header}`);
  }
  const body: unknown = JSON.parse(reply.text);
  const free = new Set([...VARIES, ...varies]);
  const isCut = recorded.derived !== undefined && JSON.stringify(recorded.body).includes('(cut here');
  if (recorded.derived?.info_parsed === undefined) {
    compare(body, recorded.body, '', free, faults);
    return faults;
  }
  const txt2img = Txt2imgSchema.parse(body);
  const fields = isCut ? Object.keys(recording('txt2img_min').derived?.info_parsed ?? {}) : [];
  const info: unknown = JSON.parse(txt2img.info);
  compare(info, recorded.derived.info_parsed, 'info', free, faults);
  if (isCut && fields.some((field) => !JSON.stringify(info).includes(`"${field}"`)))
    faults.push('info lacks fields');
  if (!isCut)
    compare(
      txt2img.parameters,
      z.object({ parameters: z.unknown() }).parse(recorded.body).parameters,
      'parameters',
      free,
      faults,
    );
  const expected = recorded.derived.images ?? [];
  if (txt2img.images.length !== expected.length) faults.push(`${txt2img.images.length} images`);
  for (const [i, image] of txt2img.images.entries()) {
    const hashed = await hashImage(image);
    const other = expected[i];
    if (other === undefined) continue;
    images.push({ recorded: other.pixel_sha256, simulated: hashed.sha256 });
    if (hashed.size !== other.size.join('x')) faults.push(`image ${i} is ${hashed.size}`);
  }
  return faults;
}

export async function hashImage(base64: string): Promise<{ sha256: string; size: string }> {
  const { data, info } = await sharp(Buffer.from(base64, 'base64'))
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    sha256: createHash('sha256').update(data).digest('hex').slice(0, 16),
    size: `${info.width}x${info.height}`,
  };
}

/**
 * Images that are equal in the recordings and unequal here, or the other way round, over all series together.
 */
export function unlikeImages(hashes: readonly ImageHash[]): string[] {
  const forth = new Map<string, string>();
  const back = new Map<string, string>();
  return hashes.flatMap(({ recorded, simulated }) => {
    const isLike =
      (forth.get(recorded) ?? simulated) === simulated && (back.get(simulated) ?? recorded) === recorded;
    forth.set(recorded, simulated);
    back.set(simulated, recorded);
    return isLike ? [] : [`recorded ${recorded}, here ${simulated}`];
  });
}

/** Recursively: same keys, same types, same values where they do not vary. */
function compare(
  actual: unknown,
  recorded: unknown,
  path: string,
  varies: ReadonlySet<string>,
  faults: string[],
): void {
  const key =
    path
      .split('.')
      .at(-1)
      ?.replace(/\[\d+\]$/u, '') ?? '';
  if (kindOf(actual) !== kindOf(recorded)) {
    faults.push(`${path}: ${kindOf(actual)}, recorded ${kindOf(recorded)}`);
  } else if (Array.isArray(actual) && Array.isArray(recorded)) {
    if (actual.length !== recorded.length)
      faults.push(`${path}: ${actual.length} items, recorded ${recorded.length}`);
    for (const [i, item] of actual.entries()) {
      if (i < recorded.length) compare(item, recorded[i], `${path}[${i}]`, varies, faults);
    }
  } else if (isObject(actual) && isObject(recorded)) {
    const keys = new Set([...Object.keys(actual), ...Object.keys(recorded)]);
    for (const name of keys) {
      if (!(name in actual) || !(name in recorded)) faults.push(`${path}.${name}: only on one side`);
      else compare(actual[name], recorded[name], `${path}.${name}`, varies, faults);
    }
  } else if (actual !== recorded && !varies.has(key)) {
    faults.push(`${path}: ${JSON.stringify(actual)}, recorded ${JSON.stringify(recorded)}`);
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
