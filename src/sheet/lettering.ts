/** Text that has to fit: how wide it is about, where it breaks, what is left out. */
import { printable } from '../shared/printable.ts';

/** Widths in the bundled font, regular weight, in units of its size; a little wide rather than narrow. */
const WIDTHS: readonly (readonly [RegExp, number])[] = [
  [/^[\p{Mn}\p{Me}\p{Cf}]$/u, 0],
  [/^[ilj.,:;'|!I·]$/, 0.3],
  [/^[ frt()[\]{}/\\"`*-]$/, 0.4],
  [/^[mwMW@%—…]$/, 0.93],
  [/^[A-Z&+=<>~#_]$/, 0.7],
  [/^[a-z]$/, 0.58],
  [/^\d$/, 0.64],
  [/^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303F\uFF00-\uFF60]$/u, 1],
  [/^\p{Extended_Pictographic}$/u, 1.3],
];
const OTHER = 0.68;
/** Semi-bold letters are as much wider. */
const BOLD = 1.06;

/** As one line, without anything that a drawing cannot hold. */
export function clean(text: string): string {
  return printable(text.replaceAll(/[\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD'))
    .replaceAll(/\s+/gu, ' ')
    .trim();
}

/** Pixels, about. @param size of the letters in pixels */
export function widthOf(text: string, size: number, bold = false): number {
  let width = 0;
  for (const letter of text) width += WIDTHS.find(([kind]) => kind.test(letter))?.[1] ?? OTHER;
  return width * size * (bold ? BOLD : 1);
}

/** What people see as letters: an accent stays with its letter. */
const letters = new Intl.Segmenter('en', { granularity: 'grapheme' });

export interface Room {
  /** Pixels. */
  readonly width: number;
  readonly lines: number;
  readonly size: number;
  readonly bold?: boolean;
}

/** The text in at most so many lines; what does not fit loses its middle: names differ at both ends. */
export function fitted(text: string, room: Room): string[] {
  const whole = clean(text);
  const lines = broken(whole, room);
  if (lines.length <= room.lines) return lines;
  const parts = lettersOf(whole);
  let [low, high] = [0, parts.length - 1];
  while (low < high) {
    const kept = Math.ceil((low + high) / 2);
    if (broken(withoutMiddle(parts, kept), room).length <= room.lines) low = kept;
    else high = kept - 1;
  }
  return broken(withoutMiddle(parts, low), room).slice(0, room.lines);
}

function withoutMiddle(parts: readonly string[], kept: number): string {
  const head = Math.ceil(kept / 2);
  return `${parts.slice(0, head).join('').trimEnd()}…${parts
    .slice(parts.length - (kept - head))
    .join('')
    .trimStart()}`;
}

/** Lines are broken behind spaces and the signs that names are joined with, else anywhere. */
function broken(text: string, { width, size, bold = false }: Room): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.match(/[^\s\-_/.,]*[\s\-_/.,]+|[^\s\-_/.,]+/gu) ?? []) {
    if (widthOf((line + word).trimEnd(), size, bold) <= width) {
      line += word;
      continue;
    }
    if (line !== '') lines.push(line.trimEnd());
    line = '';
    for (const letter of lettersOf(word)) {
      if (line !== '' && widthOf((line + letter).trimEnd(), size, bold) > width) {
        lines.push(line.trimEnd());
        line = '';
      }
      line += letter;
    }
  }
  if (line.trimEnd() !== '') lines.push(line.trimEnd());
  return lines;
}

function lettersOf(text: string): string[] {
  return Array.from(letters.segment(text), ({ segment }) => segment);
}

/** Has the bundled font all letters of it? It knows Latin, Greek and Cyrillic. */
export function isInBundledFont(text: string): boolean {
  return /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Mn}\u0020-\u00BF\u2000-\u22FF]*$/u.test(
    text,
  );
}
