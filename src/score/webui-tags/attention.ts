/** How much the WebUI pays attention to each part of a prompt: `(x)` 1.1 times, `[x]` 1.1 times less, `(x:1.3)` as said. */
export interface Piece {
  readonly text: string;
  readonly weight: number;
}

const STEP = 1.1;
const NUMBER_AT_END = /:\s*([-+]?\d*\.?\d+)\s*$/;

/** The prompt without its brackets. `[a:b:0.5]` and `[a|b]`, which change over the steps, become the list of their parts. */
export function readAttention(prompt: string): Piece[] {
  return readUntil(undefined, { prompt, at: 0 });
}

interface Place {
  readonly prompt: string;
  at: number;
}

/** A bracket that is never closed ends with the prompt. */
function readUntil(closing: ')' | ']' | undefined, place: Place): Piece[] {
  const pieces: Piece[] = [];
  let text = '';
  const add = (inner: readonly Piece[]): void => {
    pieces.push({ text, weight: 1 }, ...inner);
    text = '';
  };
  while (place.at < place.prompt.length) {
    const letter = place.prompt.charAt(place.at++);
    if (letter === closing) break;
    if (letter === '\\') text += place.prompt.charAt(place.at++);
    else if (letter === '(') add(raised(readUntil(')', place)));
    else if (letter === '[') add(lowered(readUntil(']', place)));
    else text += letter;
  }
  add([]);
  return pieces.filter((piece) => piece.text !== '');
}

function raised(pieces: readonly Piece[]): Piece[] {
  const last = pieces.at(-1);
  const number = NUMBER_AT_END.exec(last?.text ?? '');
  if (last === undefined || number === null) return scaled(pieces, STEP);
  const text = last.text.slice(0, number.index);
  return scaled([...pieces.slice(0, -1), { ...last, text }], Number(number[1]));
}

function lowered(pieces: readonly Piece[]): Piece[] {
  const changes =
    NUMBER_AT_END.test(pieces.at(-1)?.text ?? '') || pieces.some(({ text }) => text.includes('|'));
  if (!changes) return scaled(pieces, 1 / STEP);
  return pieces.map(({ text, weight }) => ({
    text: text.replace(NUMBER_AT_END, '').replaceAll(/[:|]/g, ','),
    weight,
  }));
}

function scaled(pieces: readonly Piece[], factor: number): Piece[] {
  return pieces.map(({ text, weight }) => ({ text, weight: weight * factor }));
}
