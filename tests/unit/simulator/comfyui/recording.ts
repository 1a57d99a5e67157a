/** Recorded exchanges and transcripts of the real server, and the comparison of a reply with them. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export const ExchangeSchema = z.object({
  request: z.object({
    method: z.string(),
    path: z.string(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.unknown().optional(),
    raw_body: z.string().optional(),
  }),
  status: z.number(),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.unknown(),
});
export type Exchange = z.infer<typeof ExchangeSchema>;

const TranscriptSchema = z.object({
  first_client_message: z.unknown().optional(),
  prompt_exchange: ExchangeSchema.optional(),
  messages: z.array(z.object({ message: z.record(z.string(), z.unknown()) })),
  history: ExchangeSchema.optional(),
});
export type Transcript = z.infer<typeof TranscriptSchema>;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export function recorded(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../fixtures/comfyui/${name}.json`, import.meta.url), 'utf8'));
}

export function exchange(name: string): Exchange {
  return ExchangeSchema.parse(recorded(name));
}

export function transcript(name: string): Transcript {
  return TranscriptSchema.parse(recorded(name));
}

/** Sends the recorded request; `changes` replaces parts of a body that is an object. */
export async function replay(url: string, { request }: Exchange, changes: object = {}): Promise<Reply> {
  const { method, path, headers = {}, body, raw_body: raw } = request;
  const text = raw ?? (isObject(body) ? JSON.stringify({ ...body, ...changes }) : undefined);
  const response = await fetch(url + path, {
    method,
    headers,
    ...(text === undefined ? {} : { body: text }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** What is drawn by lot, measured, or comes of the clock, the machine and the program text: only the type counts. */
const VARIES = new Set([
  'timestamp',
  'prompt_id',
  'number',
  'traceback',
  'ram_total',
  'ram_free',
  'vram_total',
  'vram_free',
  'torch_vram_total',
  'torch_vram_free',
]);
/** Lists of Python sets: no order. */
const UNORDERED = new Set(['executed', 'current_outputs', 'errors', 'dependent_outputs']);

/** Differences in words; empty = same status, same kind of body, same body where it does not vary. */
export function differences(reply: Reply, exchange: Exchange, varies: readonly string[] = []): string[] {
  const faults: string[] = [];
  if (reply.status !== exchange.status) faults.push(`status ${reply.status}, recorded ${exchange.status}`);
  const type = exchange.headers['Content-Type'];
  const isStream = type === 'application/octet-stream';
  if (!isStream && (reply.headers.get('content-type') ?? undefined) !== type) {
    faults.push(`content-type ${reply.headers.get('content-type')}, recorded ${type}`);
  }
  const isJson = type?.startsWith('application/json') === true;
  const body: unknown = isJson ? JSON.parse(reply.text) : reply.text;
  return [...faults, ...unlike(body, isStream ? '' : exchange.body, varies)];
}

export function unlike(actual: unknown, wanted: unknown, varies: readonly string[] = []): string[] {
  const faults: string[] = [];
  compare(neutral(actual), neutral(wanted), '', new Set([...VARIES, ...varies]), faults);
  return faults;
}

/** The letters of temporary names are drawn by lot, and their counters depend on what was before. */
function neutral(value: unknown): unknown {
  const text = JSON.stringify(value).replaceAll(/ComfyUI_temp_[a-z]{5}_\d{5}_/gu, 'ComfyUI_temp_letters_');
  return JSON.parse(text);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function compare(
  actual: unknown,
  wanted: unknown,
  path: string,
  varies: ReadonlySet<string>,
  faults: string[],
): void {
  const key = path.split('/').at(-1) ?? '';
  if (kindOf(actual) !== kindOf(wanted)) {
    faults.push(`${path}: ${kindOf(actual)}, recorded ${kindOf(wanted)}`);
  } else if (varies.has(key)) {
    return;
  } else if (Array.isArray(actual) && Array.isArray(wanted)) {
    const [one, two] = UNORDERED.has(key) ? [sorted(actual), sorted(wanted)] : [actual, wanted];
    if (one.length !== two.length) faults.push(`${path}: ${one.length} items, recorded ${two.length}`);
    for (const [i, item] of one.entries()) {
      if (i < two.length) compare(item, two[i], `${path}/${i}`, varies, faults);
    }
  } else if (isObject(actual) && isObject(wanted)) {
    for (const name of new Set([...Object.keys(actual), ...Object.keys(wanted)])) {
      if (!(name in actual) || !(name in wanted)) faults.push(`${path}/${name}: only on one side`);
      else compare(actual[name], wanted[name], `${path}/${name}`, varies, faults);
    }
  } else if (actual !== wanted) {
    faults.push(`${path}: ${JSON.stringify(actual)}, recorded ${JSON.stringify(wanted)}`);
  }
}

function sorted(list: readonly unknown[]): unknown[] {
  return list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
