/** Reads what ComfyUI says of its queue and history. Its JSON is Python's: numbers that are none may stand in it. */
import type { z } from 'zod';
import { parseJson } from '../../../shared/parse-json.ts';
import type { Client } from '../../http/client.ts';
import { failureOfContent } from '../../http/failures.ts';
import { COMFY_WORDING } from '../client.ts';

/** @throws WebuiError `webui-bad-reply` for what is no JSON or has another shape */
export async function look<T>(
  client: Client,
  path: string,
  schema: z.ZodType<T>,
  signal: AbortSignal,
): Promise<T> {
  const text = await client.getText(path, signal);
  const value = parsePythonJson(text);
  const call = { address: client.address, method: 'GET', path } as const;
  if (value === undefined) {
    const start = text.slice(0, 60).replaceAll(/\s+/g, ' ');
    throw failureOfContent(call, `"${start}", which is not JSON`, undefined, COMFY_WORDING);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'the whole';
  throw failureOfContent(call, `${where}: ${issue?.message ?? 'wrong shape'}`, parsed.error, COMFY_WORDING);
}

/** Undefined for what is no JSON; NaN and the infinities, which other clients' prompts may hold, become null. */
export function parsePythonJson(text: string): unknown {
  const value = parseJson(text);
  if (value !== undefined || !/NaN|Infinity/.test(text)) return value;
  let isInString = false;
  const plain = text.replaceAll(MARKS, (mark) => {
    if (mark === '"') isInString = !isInString;
    return isInString || mark === '"' || mark.startsWith('\\') ? mark : 'null';
  });
  return parseJson(plain);
}

/** Where strings begin and end, and the words that only Python takes for numbers. */
const MARKS = /\\[\s\S]|"|-?\bInfinity\b|\bNaN\b/g;
