/** `POST /prompt`: validates, and queues what can run. */
import { promptError } from './graph/issues.ts';
import { replaceNodes } from './graph/replace.ts';
import type { NodeReplacement } from './graph/replace.ts';
import { validatePrompt } from './graph/validate.ts';
import { isObject } from './json.ts';
import type { ObjectInfo } from './object-info.ts';
import { InternalServerError } from './python.ts';
import type { ComfyProcess } from './run/process.ts';

export interface PostReply {
  readonly status: 200 | 400;
  readonly body: object;
}

/** @throws InternalServerError for a body that is no object, and for graphs that are none */
export function postPrompt(
  process: ComfyProcess,
  info: ObjectInfo,
  body: unknown,
  replacements: readonly NodeReplacement[] = [],
): PostReply {
  if (!isObject(body)) throw new InternalServerError();
  const number = numberOf(process, body);
  if (!('prompt' in body)) {
    const error = promptError('no_prompt', 'No prompt provided', 'No prompt provided');
    return { status: 400, body: { error, node_errors: {} } };
  }
  const id = body['prompt_id'] ?? process.newId();
  if (!isPromptId(id)) {
    const error = promptError('invalid_prompt_id', 'prompt_id must be a valid UUID', PROMPT_ID_RULE);
    return { status: 400, body: { error, node_errors: {} } };
  }
  const { partial_execution_targets: targets, extra_data: extra, client_id: clientId } = body;
  const prompt = replaceNodes(body['prompt'], info, replacements);
  const verdict = validatePrompt(prompt, info, Array.isArray(targets) ? targets : null);
  if (verdict.error !== null) {
    return { status: 400, body: { error: verdict.error, node_errors: verdict.nodeErrors } };
  }
  process.submit({
    number,
    id,
    prompt: verdict.prompt,
    extraData: {
      ...(isObject(extra) ? extra : {}),
      ...(clientId === undefined ? {} : { client_id: clientId }),
    },
    outputs: process.shuffled(verdict.outputs),
  });
  return { status: 200, body: { prompt_id: id, number, node_errors: verdict.nodeErrors } };
}

const PROMPT_ID_RULE =
  'prompt_id must be a UUID string in canonical lowercase hyphenated form; omit it to let the server generate one';

/** Of any version and variant, but in one spelling only: ids are compared letter by letter everywhere. */
function isPromptId(id: unknown): id is string {
  return typeof id === 'string' && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u.test(id);
}

/** One's own, or the next; before all others with `front`. */
function numberOf(process: ComfyProcess, body: Readonly<Record<string, unknown>>): number {
  if (typeof body['number'] === 'number') return body['number'];
  const next = process.nextNumber();
  return body['front'] === true ? -next : next;
}
