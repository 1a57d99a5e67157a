/** Characters and colours of the terminal drawing. */

export interface Glyphs {
  /** Best-so-far: a level, a rise, the corner at its foot and the corner at its head. */
  readonly level: string;
  readonly rise: string;
  readonly foot: string;
  readonly head: string;
  /** Of a baseline's line, where nothing else is drawn. */
  readonly baseline: string;
  readonly axis: string;
  readonly wall: string;
  readonly tick: string;
  readonly corner: string;
  readonly failed: string;
  /** Mark of a cell with trials; `null`: up to 2 x 4 braille dots. */
  readonly trial: string | null;
  /** A bar's cells by eighths, from empty to full. */
  readonly eighths: readonly string[];
  readonly rest: string;
  /** Of a weight in one character, from 0 to 1. */
  readonly levels: readonly string[];
}

const UNICODE: Glyphs = {
  level: '─',
  rise: '│',
  foot: '╯',
  head: '╭',
  baseline: '┈',
  axis: '─',
  wall: '│',
  tick: '┤',
  corner: '└',
  failed: '×',
  trial: null,
  eighths: ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
  rest: '·',
  levels: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
};

const ASCII: Glyphs = {
  level: '=',
  rise: '|',
  foot: '+',
  head: '+',
  baseline: '~',
  axis: '-',
  wall: '|',
  tick: '+',
  corner: '+',
  failed: 'x',
  trial: '.',
  eighths: ['', '', '', '', '#', '#', '#', '#', '#'],
  rest: '.',
  levels: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
};

export type Paint = (text: string, code: string) => string;

export interface Style {
  readonly glyphs: Glyphs;
  readonly paint: Paint;
  /** Columns. */
  readonly width: number;
}

export function glyphsOf(unicode: boolean): Glyphs {
  return unicode ? UNICODE : ASCII;
}

/** Grey that stays readable on black and on white. */
export const DIM = '38;5;245';

/** Neighbours of the figure's accents in the 256 colours, light enough for black and dark enough for white. */
const CODES = [32, 166, 35, 175, 172, 74, 130, 141, 107, 63] as const;

export function accentCode(run: number): string {
  return `38;5;${CODES[run % CODES.length] ?? 32}`;
}

/** a, b, c … z, then +. */
export function letterOf(run: number): string {
  return run < 26 ? String.fromCodePoint(97 + run) : '+';
}

export function painter(colour: boolean): Paint {
  return colour ? (text, code) => (text === '' ? '' : `\u001B[${code}m${text}\u001B[0m`) : (text) => text;
}
