/** Reads a tokenizer.json of the Hugging Face format as far as the two families of text encoders need it. */
import { z } from 'zod';
import { messageOf, usageError } from '../../../shared/errors.ts';
import { readTextFileSync } from '../../../shared/files/read-file.ts';

const id = z.int().min(0);

const fileSchema = z.object({
  added_tokens: z.array(z.object({ id, content: z.string() })).default([]),
  model: z.object({
    type: z.string().optional(),
    vocab: z.record(z.string(), id),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])).optional(),
    unk_token: z.string().nullish(),
    continuing_subword_prefix: z.string().nullish(),
    end_of_word_suffix: z.string().nullish(),
    max_input_chars_per_word: z.int().optional(),
  }),
});

export interface TokenizerFile {
  readonly file: string;
  readonly vocabulary: ReadonlyMap<string, number>;
  /** Tokens that stand in a text as they are, with their numbers. */
  readonly added: ReadonlyMap<string, number>;
  readonly merges: readonly (readonly [string, string])[];
  readonly model: z.output<typeof fileSchema>['model'];
}

/** @throws usage error `onnx-tokenizer` */
export function readTokenizerFile(file: string): TokenizerFile {
  const parsed = fileSchema.safeParse(readJson(file));
  if (!parsed.success) {
    throw tokenizerError(
      file,
      `it has no vocabulary in the expected format (${parsed.error.issues[0]?.message})`,
    );
  }
  const { model, added_tokens: added } = parsed.data;
  return {
    file,
    vocabulary: new Map(Object.entries(model.vocab)),
    added: new Map(added.map((token) => [token.content, token.id])),
    merges: (model.merges ?? []).map((merge) => (typeof merge === 'string' ? splitMerge(merge) : merge)),
    model,
  };
}

/** @throws usage error `onnx-tokenizer` when the file does not have it */
export function idOf({ file, vocabulary, added }: TokenizerFile, token: string): number {
  const found = added.get(token) ?? vocabulary.get(token);
  if (found === undefined) throw tokenizerError(file, `it has no token ${token}`);
  return found;
}

export function tokenizerError(file: string, what: string, cause?: unknown): Error {
  return usageError(
    'onnx-tokenizer',
    `${file} is not the tokenizer.json of this scorer: ${what}. Use the file from the repository of the graph.`,
    { cause },
  );
}

/** Splits a text at the added tokens; what is text and what is a token alternates, text first. */
export function splitAtAdded(text: string, { added }: TokenizerFile): string[] {
  const contents = [...added.keys()].filter((content) => content !== '');
  if (contents.length === 0) return [text];
  const pattern = contents
    .map((content) => content.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`))
    .join('|');
  return text.split(new RegExp(`(${pattern})`, 'u'));
}

/** Start and end, and between them as much as there is room for. */
export function framed(ids: readonly number[], start: number, end: number, length: number): number[] {
  return [start, ...ids.slice(0, Math.max(0, length - 2)), end];
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readTextFileSync(file));
  } catch (error) {
    throw tokenizerError(file, `it is not JSON (${messageOf(error)})`, error);
  }
}

function splitMerge(merge: string): readonly [string, string] {
  const [left = '', right = ''] = merge.split(' ');
  return [left, right];
}
