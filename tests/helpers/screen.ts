/** A terminal as far as a line that is drawn again needs one: lines that break at its width, and are broken anew when that changes. */
import { EventEmitter } from 'node:events';

/** A command, or a character. */
const TOKENS = new RegExp(String.raw`\u001B\[J|[\s\S]`, 'gu');

export class Screen extends EventEmitter {
  readonly isTTY = true;
  columns: number;
  /** Every write as it came. */
  readonly written: string[] = [];
  /** Lines as they were written, however many rows each takes. */
  #lines: string[] = [''];
  /** Of the cursor, within its line. */
  #row = 0;
  #at = 0;

  constructor(columns: number) {
    super();
    this.columns = columns;
  }

  write(text: string): boolean {
    this.written.push(text);
    for (const [token] of text.matchAll(TOKENS)) this.#obey(token);
    return true;
  }

  resize(columns: number): void {
    this.columns = columns;
    this.emit('resize');
  }

  /** What is to be seen, without empty rows at the end. */
  rows(): string[] {
    const rows = this.#lines.flatMap((line) => {
      const count = Math.max(1, Math.ceil(line.length / this.columns));
      return Array.from({ length: count }, (_, row) =>
        line.slice(row * this.columns, (row + 1) * this.columns),
      );
    });
    while (rows.at(-1) === '') rows.pop();
    return rows;
  }

  #obey(token: string): void {
    const line = this.#lines[this.#row] ?? '';
    switch (token) {
      case '\r':
        // To the beginning of the row, which is none of the line where that takes several.
        this.#at -= this.#at % this.columns;
        break;
      case '\n':
        this.#row++;
        this.#at = 0;
        this.#lines[this.#row] ??= '';
        break;
      case '\u001B[J':
        this.#lines = [...this.#lines.slice(0, this.#row), line.slice(0, this.#at)];
        break;
      default:
        if (token < ' ') throw new Error(`The screen does not know ${JSON.stringify(token)}.`);
        this.#lines[this.#row] = line.slice(0, this.#at).padEnd(this.#at) + token + line.slice(this.#at + 1);
        this.#at++;
    }
  }
}
