/** How the text encoder understands a prompt: emphasis by round brackets, everything else as it stands. */

/** A bracket without a number. */
const EMPHASIS = 1.1;

interface Piece {
  readonly text: string;
  readonly weight: number;
}

/**
 * One writing for all texts that mean the same: `(x)` = `(x:1.1)`, `(x:1.0)` = `x`, unknown embeddings dropped.
 * `\(` is a bracket of the text. Square brackets, BREAK and LoRA tags are words like others.
 */
export function normalisePromptText(text: string): string {
  const pieces = weigh(text.replaceAll(/embedding:\S+\s*/gu, ''), 1);
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last?.weight === piece.weight) {
      joined[joined.length - 1] = { text: last.text + piece.text, weight: piece.weight };
    } else {
      joined.push(piece);
    }
  }
  return joined.map(({ text, weight }) => (weight === 1 ? text : `(${text}:${weight})`)).join('');
}

function weigh(text: string, weight: number): Piece[] {
  const pieces: Piece[] = [];
  let plain = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    const end = char === '(' ? closingBracket(text, i) : -1;
    if (char === '\\' && '()'.includes(text[i + 1] ?? ' ')) {
      plain += char + (text[++i] ?? '');
    } else if (end > i) {
      if (plain !== '') pieces.push({ text: plain, weight });
      plain = '';
      pieces.push(...weighBracket(text.slice(i + 1, end), weight));
      i = end;
    } else {
      plain += char;
    }
  }
  if (plain !== '') pieces.push({ text: plain, weight });
  return pieces;
}

function weighBracket(inner: string, outside: number): Piece[] {
  const named = /^(?<text>[\s\S]*):\s*(?<number>\d+\.?\d*|\.\d+)\s*$/u.exec(inner)?.groups;
  const factor = named === undefined ? outside * EMPHASIS : Number(named['number']);
  return weigh(named?.['text'] ?? inner, Number(factor.toFixed(6)));
}

/** -1 when it is never closed. */
function closingBracket(text: string, from: number): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return -1;
}
