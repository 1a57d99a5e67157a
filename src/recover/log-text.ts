/**
 * A log as one stream of characters without line breaks, which still knows where the breaks were.
 *
 * Words are looked for in the stream, so that a terminal may have wrapped the log at any column. Numbers need to know
 * whether a break is a wrap or an end. The rule: a terminal breaks a line only when it is full, so a wrapped
 * physical line has exactly the terminal's width, colours and carriage returns not counted. The width is learned from
 * the log itself: a list of weights that goes on behind a break shows it. Where no list does, the longest line
 * with a list may be full, and no other.
 */
const ESCAPE = String.fromCharCode(27);
const ANSI = new RegExp(
  `${ESCAPE}(?:\\[[0-?]*[ -/]*[@-~]|\\][^\\u0007${ESCAPE}\\n]*(?:\\u0007|${ESCAPE}\\\\))`,
  'g',
);
/** The beginning of a record of Python's logging: `2023-11-21 01:27:27,668 - `. */
const RECORD_START = /\d{4}-\d\d-\d\d ?\d\d:\d\d:\d\d/y;

export class LogText {
  /** All lines joined without breaks. */
  readonly stream: string;
  readonly lineCount: number;
  /** The text ends without a line break: its last line may be cut. */
  readonly openEnd: boolean;
  /** Lengths that full lines are known to have. */
  readonly widths = new Set<number>();
  /** Without a known width, a line of this length may be full. */
  longest = 0;

  readonly #starts: number[] = [];
  readonly #numbers: number[] = [];

  constructor(text: string) {
    const clean = plain(text);
    const parts: string[] = [];
    let offset = 0;
    const add = (part: string, number: number): void => {
      parts.push(part);
      this.#starts.push(offset);
      this.#numbers.push(number);
      offset += part.length;
    };
    let number = 1;
    for (let from = 0; from < clean.length; number += 1) {
      const newline = clean.indexOf('\n', from);
      const end = newline === -1 ? clean.length : newline;
      let last = end;
      while (last > from && clean[last - 1] === '\r') last -= 1;
      const line = clean.slice(from, last);
      // A carriage return inside a line is a progress bar drawing over itself.
      if (line.includes('\r')) for (const part of line.split('\r')) add(part, number);
      else add(line, number);
      from = end + 1;
    }
    this.stream = parts.join('');
    this.lineCount = parts.length;
    this.openEnd = clean !== '' && !/[\r\n]$/.test(clean);
  }

  /** The physical line that holds a character of the stream. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.lineCount - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  startOf(line: number): number {
    return this.#starts[line] ?? this.stream.length;
  }

  endOf(line: number): number {
    return this.#starts[line + 1] ?? this.stream.length;
  }

  textOf(line: number): string {
    return this.stream.slice(this.startOf(line), this.endOf(line));
  }

  lengthOf(line: number): number {
    return this.endOf(line) - this.startOf(line);
  }

  /** The line's number in the file, from 1. */
  numberOf(line: number): number {
    return this.#numbers[line] ?? 1;
  }

  /** The terminal may have broken the line off here. */
  isFull(line: number): boolean {
    const length = this.lengthOf(line);
    return length > 0 && (this.widths.has(length) || length === this.longest);
  }

  /** Nothing follows that could tell whether the line ends here. */
  isCutAt(line: number): boolean {
    return line >= this.lineCount - 1 && (this.openEnd || this.isFull(line));
  }

  startsRecord(line: number): boolean {
    RECORD_START.lastIndex = this.startOf(line);
    return RECORD_START.test(this.stream);
  }
}

function plain(text: string): string {
  const uncoloured = text.includes(ESCAPE) ? text.replace(ANSI, '') : text;
  // Byte order marks stand inside as well, where files were put one behind the other.
  return uncoloured.includes('\uFEFF') ? uncoloured.replaceAll('\uFEFF', '') : uncoloured;
}
