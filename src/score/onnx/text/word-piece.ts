import { framed, idOf, splitAtAdded, type TokenizerFile } from './tokenizer-file.ts';

const ASCII_PUNCTUATION = String.raw`!-\/:-@[-\x60{-~`;
const TOKENS = new RegExp(
  String.raw`[${ASCII_PUNCTUATION}]|\p{P}|(?:(?![${ASCII_PUNCTUATION}]|\p{P})\S)+`,
  'gu',
);
const IDEOGRAPHS =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;

/**
 * BERT's word pieces, uncased: accents removed, punctuation and ideographs by themselves, each word from its longest known
 * beginning on.
 * @returns texts to ids, [CLS] and [SEP] included, at most `length` of them
 * @throws usage error `onnx-tokenizer`
 */
export function wordPieceTokenizer(file: TokenizerFile, length: number): (text: string) => number[] {
  const { vocabulary, model } = file;
  const start = idOf(file, '[CLS]');
  const end = idOf(file, '[SEP]');
  const unknown = idOf(file, model.unk_token ?? '[UNK]');
  const prefix = model.continuing_subword_prefix ?? '##';
  const longestWord = model.max_input_chars_per_word ?? 100;

  function encodeWord(word: string): number[] {
    const letters = Array.from(word);
    if (letters.length > longestWord) return [unknown];
    const ids: number[] = [];
    for (let from = 0; from < letters.length;) {
      let to = letters.length;
      let found: number | undefined;
      for (; to > from; to--) {
        found = vocabulary.get((from === 0 ? '' : prefix) + letters.slice(from, to).join(''));
        if (found !== undefined) break;
      }
      if (found === undefined) return [unknown];
      ids.push(found);
      from = to;
    }
    return ids;
  }

  return (text) => {
    const ids = splitAtAdded(text, file).flatMap((part, i) =>
      i % 2 === 1 ? [idOf(file, part)] : (normalised(part).match(TOKENS) ?? []).flatMap(encodeWord),
    );
    return framed(ids, start, end, length);
  };
}

function normalised(text: string): string {
  const visible = text.replaceAll(/[\t\n\r]/g, ' ').replaceAll(/[\0\ufffd\p{Cc}\p{Cf}\p{Cn}\p{Co}]/gu, '');
  const stripped = visible
    .replaceAll(IDEOGRAPHS, ' $& ')
    .normalize('NFD')
    .replaceAll(/\p{Mn}/gu, '');
  return Array.from(stripped, (letter) => letter.toLowerCase()).join('');
}
