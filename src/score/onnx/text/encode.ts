import { clipTokenizer } from './clip-bpe.ts';
import { idOf, readTokenizerFile } from './tokenizer-file.ts';
import { wordPieceTokenizer } from './word-piece.ts';

export interface TextSettings {
  readonly kind: 'clip' | 'wordpiece';
  /** Most ids that the graph takes. */
  readonly length: number;
  /** Fills up to the length: a token, an id, or nothing (null). */
  readonly pad: string | number | null;
}

export interface EncodedText {
  readonly ids: readonly number[];
  /** 1 for text, 0 for padding. */
  readonly mask: readonly number[];
}

/** @throws usage error `onnx-tokenizer` */
export function textEncoder(
  file: string,
  { kind, length, pad }: TextSettings,
): (text: string) => EncodedText {
  const tokenizer = readTokenizerFile(file);
  const encode = (kind === 'clip' ? clipTokenizer : wordPieceTokenizer)(tokenizer, length);
  const padding = typeof pad === 'string' ? idOf(tokenizer, pad) : pad;
  return (text) => {
    const ids = encode(text);
    if (padding === null) return { ids, mask: ids.map(() => 1) };
    const isText = Array.from({ length }, (_, i) => i < ids.length);
    return { ids: isText.map((is, i) => (is ? (ids[i] ?? padding) : padding)), mask: isText.map(Number) };
  };
}
