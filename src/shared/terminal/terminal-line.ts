/**
 * The last line of a terminal, drawn again and again. Whatever else is written goes above it: the line is wiped first and drawn below.
 *
 * The cursor waits at its beginning. There it stays where the terminal gets narrower and breaks the line into several, so that wiping
 * everything from the cursor on leaves no rest and touches nothing above.
 */
import { atExit } from '../process/at-exit.ts';
import { printable } from '../printable.ts';
import { columnsOf } from './abilities.ts';
import { fitText } from './text-width.ts';

/** The part of a terminal's stream that is used. */
export interface LineStream {
  /** Changes when the window does. */
  readonly columns?: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** @param columns that there are */
export type DrawLine = (columns: number) => string;

const WIPE = '\r\u001B[J';
/** Milliseconds between two drawings. */
const INTERVAL_MS = 200;

export class TerminalLine {
  readonly #stream: LineStream;
  #draw: DrawLine | undefined;
  #drawnAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #forgetExit = (): void => undefined;
  readonly #redraw = (): void => this.#drawNow();

  /** @param stream a terminal that can redraw */
  constructor(stream: LineStream) {
    this.#stream = stream;
  }

  /** From now on this is the line; what is too wide for the terminal ends in `…`. Drawn at once, or soon after the last drawing. */
  show(draw: DrawLine): void {
    if (this.#draw === undefined) {
      this.#stream.on('resize', this.#redraw);
      // Whoever leaves at once must not leave it behind.
      this.#forgetExit = atExit(() => this.end());
    }
    this.#draw = draw;
    const left = INTERVAL_MS - (performance.now() - this.#drawnAt);
    if (left <= 0) this.#drawNow();
    else this.#timer ??= setTimeout(this.#redraw, left).unref();
  }

  /** Writes above the line. @param write whole lines, to any stream of this terminal */
  above(write: () => void): void {
    if (this.#draw === undefined) {
      write();
      return;
    }
    this.#stream.write(WIPE);
    write();
    this.#drawNow();
  }

  /** Wipes it, until it is shown again. */
  end(): void {
    if (this.#draw === undefined) return;
    this.#draw = undefined;
    this.#drawnAt = -Infinity;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#stream.off('resize', this.#redraw);
    this.#forgetExit();
    this.#stream.write(WIPE);
  }

  #drawNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#draw === undefined) return;
    this.#drawnAt = performance.now();
    const columns = columnsOf(this.#stream);
    const text = printable(this.#draw(columns)).replaceAll(/\s/g, ' ').trimEnd();
    // One column less: some terminals break a line that is just full.
    this.#stream.write(`${WIPE}${fitText(text, Math.max(1, columns - 1))}\r`);
  }
}
