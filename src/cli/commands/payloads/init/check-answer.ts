/** One answer: text into a value, and what the schemas of payload and configuration say of it. */
import type { z } from 'zod';
import { searchConfigSchema } from '../../../../config/schema.ts';
import { describeIssues } from '../../../../shared/describe-issues.ts';
import { payloadSchema } from '../../../../payload/schema.ts';
import { payloadKey, type Answer, type Question } from './questions.ts';

/** @returns a sentence without a subject (`must be at least 1; got 0.`), or the value */
export function checkAnswer(
  question: Question,
  answer: Answer,
): { readonly value: Answer } | { readonly problem: string } {
  const value = typeof answer === 'string' ? fromText(question, answer) : answer;
  if (value === undefined) {
    return { problem: `must be a ${question.kind === 'integer' ? 'whole ' : ''}number; got "${answer}".` };
  }
  if (typeof value === 'string' && value.trim() === '' && question.standard !== '')
    return { problem: 'must not be empty.' };
  if (question.place === 'name') {
    return /^[^/\\:*?"<>|.][^/\\:*?"<>|]*$/.test(String(value))
      ? { value }
      : { problem: `must be a plain name without slashes or any of : * ? " < > |; got "${value}".` };
  }
  const parsed = schemaOf(question)?.safeParse(question.key === 'scorer' ? [value] : value);
  if (parsed === undefined || parsed.success) return { value };
  const [sentence = 'is not allowed.'] = describeIssues(parsed.error.issues, {
    nameOf: () => '',
    knownKeys: [],
    input: value,
  });
  return { problem: sentence.trim() };
}

function fromText({ kind }: Question, text: string): Answer | undefined {
  if (kind !== 'integer' && kind !== 'number') return text;
  const isNumber = kind === 'integer' ? /^[-+]?\d+$/ : /^[-+]?(\d+\.?\d*|\.\d+)$/;
  return isNumber.test(text.trim()) ? Number(text) : undefined;
}

function schemaOf({ key, place }: Question): z.ZodType | undefined {
  const shapes: Readonly<Record<string, z.ZodType>> =
    place === 'payload' ? payloadSchema.shape : searchConfigSchema.shape;
  return shapes[place === 'payload' ? payloadKey(key) : key];
}
