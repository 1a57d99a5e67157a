import { framed, idOf, splitAtAdded, tokenizerError, type TokenizerFile } from './tokenizer-file.ts';

const START = '<|startoftext|>';
const END = '<|endoftext|>';
const WORDS = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/gu;
/** Words whose pieces are remembered. */
const MOST_WORDS = 10_000;

/**
 * CLIP's byte-level pair encoding: lower case, words and single digits, merged in the order of the file's list.
 * @returns texts to ids, start and end included, at most `length` of them
 * @throws usage error `onnx-tokenizer`
 */
export function clipTokenizer(file: TokenizerFile, length: number): (text: string) => number[] {
  const { vocabulary, merges } = file;
  if (merges.length === 0) throw tokenizerError(file.file, 'it has no merges');
  const start = idOf(file, START);
  const end = idOf(file, END);
  const suffix = file.model.end_of_word_suffix ?? '</w>';
  const ranks = new Map(merges.map(([left, right], rank) => [`${left} ${right}`, rank]));
  const letters = byteLetters();
  const known = new Map<string, readonly number[]>();

  function encodeWord(word: string): readonly number[] {
    const before = known.get(word);
    if (before !== undefined) return before;
    const symbols = [...Buffer.from(word, 'utf8')].map((byte) => letters[byte] ?? '');
    symbols.push(`${symbols.pop() ?? ''}${suffix}`);
    const ids = merged(symbols, ranks).map((symbol) => vocabulary.get(symbol) ?? end);
    if (known.size < MOST_WORDS) known.set(word, ids);
    return ids;
  }

  return (text) => {
    const parts = splitAtAdded(normalised(text), file);
    const ids = parts.flatMap((part, i) =>
      i % 2 === 1 ? [idOf(file, part)] : (part.match(WORDS) ?? []).flatMap((word) => encodeWord(word)),
    );
    return framed(ids, start, end, length);
  };
}

function normalised(text: string): string {
  const spaced = text.normalize('NFC').replaceAll(/\s+/g, ' ');
  // Letter by letter: the whole word would get a final sigma.
  return Array.from(spaced, (letter) => letter.toLowerCase()).join('');
}

/** The neighbouring pair of the lowest rank is joined wherever it stands, until no pair has one. */
function merged(symbols: readonly string[], ranks: ReadonlyMap<string, number>): readonly string[] {
  let current = symbols;
  for (;;) {
    let best: string | undefined;
    let lowest = Infinity;
    for (let i = 0; i + 1 < current.length; i++) {
      const pair = `${current[i]} ${current[i + 1]}`;
      const rank = ranks.get(pair) ?? Infinity;
      if (rank < lowest) [best, lowest] = [pair, rank];
    }
    if (best === undefined) return current;
    const joined: string[] = [];
    for (let i = 0; i < current.length; i++) {
      const symbol = current[i] ?? '';
      if (i + 1 < current.length && `${symbol} ${current[i + 1]}` === best)
        joined.push(symbol + (current[++i] ?? ''));
      else joined.push(symbol);
    }
    current = joined;
  }
}

/** Every byte as a printable letter: Latin-1 where that prints, then on from U+0100. */
function byteLetters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const prints = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);
    return String.fromCodePoint(prints ? byte : next++);
  });
}
