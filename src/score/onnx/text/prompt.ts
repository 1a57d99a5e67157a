/** What a scorer reads of a prompt: the words, without the syntax that is meant for the WebUI. */

export interface WeightedTag {
  /** Lower case, underscores for spaces, as taggers write it. */
  readonly name: string;
  /** 1 unless the prompt says otherwise. */
  readonly weight: number;
}

interface Piece {
  readonly text: string;
  weight: number;
}

const SYNTAX = /\\[()[\]\\]|<[a-z_]+:[^<>]*>|:\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*[)\]]|[()[\]]|[^\\()[\]:<]+|./giu;
/** What one pair of brackets does. */
const EMPHASIS = 1.1;
/** They say how good an image is to be, not what is to be seen on it. */
const QUALITY_WORDS =
  /^(?:(?:masterpiece|absurdres|highres|lowres)|(?:very_|extremely_)?(?:best|high|good|great|amazing|normal|low|worst|bad)_quality|score_\d+(?:_up)?|(?:very_)?aesthetic|\d+k)$/;

/** The text for a text encoder: no weights, extra networks, scheduling marks or escapes, spaces and commas once. */
export function cleanPrompt(prompt: string): string {
  return parse(prompt)
    .map(({ text }) => text)
    .join('')
    .replaceAll(/\b(?:BREAK|AND)\b/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?,(?: ?,)*/g, ',')
    .replaceAll(/^[ ,]+|[ ,]+$/g, '');
}

/** The comma-separated tags with their attention weights, each once; words about quality are left out. */
export function promptTags(prompt: string): WeightedTag[] {
  const tags = new Map<string, number>();
  const keep = (text: string, weight: number): void => {
    const name = text.trim().toLowerCase().replaceAll(/\s+/g, '_');
    if (name !== '' && !QUALITY_WORDS.test(name) && !tags.has(name)) tags.set(name, weight);
  };
  let open: Piece = { text: '', weight: 1 };
  for (const { text, weight } of parse(prompt)) {
    const [first = '', ...others] = text.replaceAll(/\b(?:BREAK|AND)\b/g, ',').split(',');
    open = { text: open.text + first, weight: open.text.trim() === '' ? weight : open.weight };
    for (const other of others) {
      keep(open.text, open.weight);
      open = { text: other, weight };
    }
  }
  keep(open.text, open.weight);
  return [...tags].map(([name, weight]) => ({ name, weight }));
}

/** Brackets that are never closed emphasise to the end, as in the WebUI. */
function parse(prompt: string): Piece[] {
  const pieces: Piece[] = [];
  const open: { readonly from: number; readonly bracket: string }[] = [];
  const close = (bracket: string, weight: number): void => {
    const at = open.findLastIndex((candidate) => candidate.bracket === bracket);
    const [opened] = at < 0 ? [] : open.splice(at);
    if (opened === undefined) return;
    for (const piece of pieces.slice(opened.from)) piece.weight *= weight;
  };
  for (const [token] of prompt.matchAll(SYNTAX)) {
    if (token === '(' || token === '[') open.push({ from: pieces.length, bracket: token });
    else if (token === ')') close('(', EMPHASIS);
    else if (token === ']') close('[', 1 / EMPHASIS);
    else if (/^:.*[)]$/s.test(token)) close('(', Number(token.slice(1, -1)));
    // The number of [a:b:0.5] is a step, not a weight.
    else if (/^:.*\]$/s.test(token)) close('[', 1);
    else if (!/^<.+>$/s.test(token)) pieces.push({ text: plain(token, open), weight: 1 });
  }
  for (const { bracket } of open.toReversed()) close(bracket, bracket === '(' ? EMPHASIS : 1 / EMPHASIS);
  return pieces;
}

/** Colons and bars divide alternatives within square brackets; elsewhere they are text. */
function plain(token: string, open: readonly { readonly bracket: string }[]): string {
  if (token.length === 2 && token.startsWith('\\')) return token.slice(1);
  const isAlternative = open.some(({ bracket }) => bracket === '[');
  return isAlternative ? token.replaceAll(/[:|]/g, ' ') : token;
}
