/** The protocol of docs/scorers-protocol.md, version 1: one JSON object a line, in both directions. */
import { z } from 'zod';

export const PROTOCOL_VERSION = 1;

export interface ScoreRequest {
  /** A path or base64, as hello announced. */
  readonly image: string;
  readonly prompt: string;
  readonly negative_prompt: string;
  readonly seed: number;
  readonly payload: string;
  readonly width: number;
  readonly height: number;
}

export type Answer =
  | {
      readonly kind: 'score';
      /** Not checked yet: a scorer may say anything. */
      readonly score: unknown;
      readonly parts: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'invalid'; readonly reason: string }
  | { readonly kind: 'error'; readonly reason: string };

export type Message =
  | { readonly type: 'ready'; readonly name: string | undefined; readonly version: string | undefined }
  /** `id` is undefined where there is none, or none that could be ours. */
  | { readonly type: 'reply'; readonly id: number | undefined; readonly answer: Answer }
  /** Not of the protocol: libraries like to print. */
  | { readonly type: 'chatter' };

/** Pure ASCII, so that no code page on the way can harm a prompt. */
export function toLine(message: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(message).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const text = z.union([z.string(), z.number()]).transform(String).optional().catch(undefined);
const readySchema = z.object({ type: z.literal('ready'), name: text, version: text });
const replySchema = z.object({
  id: z.int().optional().catch(undefined),
  score: z.unknown().optional(),
  invalid: text,
  error: text,
  parts: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

export function readMessage(line: string): Message {
  const value = parseLine(line);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { type: 'chatter' };
  const ready = readySchema.safeParse(value);
  if (ready.success) return { type: 'ready', name: ready.data.name, version: ready.data.version };
  const reply = replySchema.safeParse(value);
  const isReply = 'id' in value || 'score' in value;
  // Before it is ready a scorer may say why it never will be, without an id.
  const isFailure = Object.keys(value).every((key) => key === 'error' || key === 'type');
  if (!reply.success || !(isReply || (isFailure && reply.data.error !== undefined)))
    return { type: 'chatter' };
  const { id, score, invalid, error, parts } = reply.data;
  if (error !== undefined) return { type: 'reply', id, answer: { kind: 'error', reason: error } };
  if (invalid !== undefined) return { type: 'reply', id, answer: { kind: 'invalid', reason: invalid } };
  return { type: 'reply', id, answer: { kind: 'score', score, parts: finiteParts(parts ?? {}) } };
}

/** Python writes NaN and Infinity, which are no JSON; as null they are seen for what they are: no score. */
function parseLine(line: string): unknown {
  for (const candidate of [line, withoutNaN(line)]) {
    try {
      const value: unknown = JSON.parse(candidate);
      return value;
    } catch {
      // Chatter, unless the second look succeeds.
    }
  }
  return undefined;
}

function withoutNaN(line: string): string {
  return line.replaceAll(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (token) =>
    token.startsWith('"') ? token : 'null',
  );
}

function finiteParts(parts: Readonly<Record<string, unknown>>): Record<string, number> {
  const numbers = Object.entries(parts).flatMap(([name, value]): [string, number][] =>
    typeof value === 'number' && Number.isFinite(value) ? [[name, value]] : [],
  );
  return Object.fromEntries(numbers);
}
