/** Payload files into checked payloads with a name each. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describeIssues } from '../describe-issues.ts';
import { messageOf, usageError } from '../errors.ts';
import { FORBIDDEN_KEYS, payloadSchema, type Payload } from './schema.ts';

export interface NamedPayload {
  /** File name without extension; `-2`, `-3` … behind a name that occurs again. */
  readonly name: string;
  readonly payload: Payload;
}

/** The Python tool sets these itself, so exported payloads may carry them: they change nothing and are dropped. */
const HARMLESS = ['do_not_save_samples', 'do_not_save_grid', 'save_images', 'send_images'] as const;

/**
 * @throws usage error `payload-invalid`, one line for every fault of the first file that has any
 */
export async function loadPayloads(files: readonly string[]): Promise<NamedPayload[]> {
  const loaded: NamedPayload[] = [];
  const taken = new Set<string>();
  for (const file of files) {
    const base = path.basename(file, path.extname(file));
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}-${n}`;
    taken.add(name);
    loaded.push({ name, payload: parsePayload(await readJson(file), file) });
  }
  return loaded;
}

/** @param source file name for messages */
export function parsePayload(raw: unknown, source: string): Payload {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw usageError(
      'payload-invalid',
      `Payload ${source} must hold one JSON object with at least a "prompt".`,
    );
  }
  const given: Record<string, unknown> = { ...raw };
  for (const key of HARMLESS) delete given[key];
  for (const [key, why] of Object.entries(FORBIDDEN_KEYS)) {
    if (key in given) throw usageError('payload-invalid', `Payload ${source}: remove "${key}", ${why}.`);
  }
  const parsed = payloadSchema.safeParse(given);
  if (!parsed.success) {
    const sentences = describeIssues(parsed.error.issues, {
      nameOf: (where) => `"${where.map(String).join('.')}"`,
      knownKeys: Object.keys(payloadSchema.shape),
      input: given,
    });
    throw usageError(
      'payload-invalid',
      sentences.map((sentence) => `Payload ${source}: ${sentence}`).join('\n'),
    );
  }
  refuseTemplates(parsed.data, source);
  return parsed.data;
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (cause) {
    throw usageError('payload-invalid', `Payload ${file} cannot be read (${messageOf(cause)}).`, { cause });
  }
  if (text.trim() === '') throw usageError('payload-invalid', `Payload ${file} is empty.`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw usageError('payload-invalid', `Payload ${file} is not valid JSON: ${messageOf(cause)}.`, { cause });
  }
}

/** A template sent as it stands would be drawn literally: another picture than the user means, without a word. */
function refuseTemplates(payload: Payload, source: string): void {
  if (payload.wildcard_type === 'none') return;
  const template = [payload.prompt, payload.negative_prompt].find((text) => /[{}]|__[^_\s]|\$\{/.test(text));
  if (template === undefined) return;
  throw usageError(
    'payload-invalid',
    `Payload ${source}: "wildcard_type" is "${payload.wildcard_type}" and the prompt holds a template, but templates are not drawn yet; write the prompts out, one payload each, and set "wildcard_type" to "none".`,
  );
}
