import { usageError } from '../errors.ts';
import type { Payload } from './schema.ts';

/**
 * A template sent as it stands would be drawn literally: another picture than the user means, without a word.
 * @param source file name for messages
 * @throws usage error `payload-invalid`
 */
export function refuseTemplates(payload: Payload, source: string): void {
  if (payload.wildcard_type === 'none') return;
  const template = [payload.prompt, payload.negative_prompt].find((text) => /[{}]|__[^_\s]|\$\{/.test(text));
  if (template === undefined) return;
  throw usageError(
    'payload-invalid',
    `Payload ${source}: "wildcard_type" is "${payload.wildcard_type}" and the prompt holds a template, but templates are not drawn yet; write the prompts out, one payload each, and set "wildcard_type" to "none".`,
  );
}
