/** Which tiles of a long grid are near what is seen: only those are there. Pure. */

export interface GridPlace {
  readonly count: number;
  /** At least 1. */
  readonly columns: number;
  /** Pixels from the top of one row to that of the next. */
  readonly rowHeight: number;
  /** Pixels of the grid that lie above what is seen; below 0 where it begins further down. */
  readonly above: number;
  /** Pixels of what is seen. */
  readonly height: number;
}

export interface GridWindow {
  /** The first tile that is there, and the one behind the last. */
  readonly first: number;
  readonly end: number;
  /** Pixels that stand for those before and behind. */
  readonly before: number;
  readonly behind: number;
}

/** Rows beyond the edges: they are there before they are seen, and before the keyboard comes to them. */
const BEYOND = 3;

export function windowOf({ count, columns, rowHeight, above, height }: GridPlace): GridWindow {
  const rows = Math.ceil(count / columns);
  const clamped = (row: number): number => Math.min(rows, Math.max(0, row));
  const first = clamped(Math.floor(above / rowHeight) - BEYOND);
  const end = clamped(Math.ceil((above + height) / rowHeight) + BEYOND);
  return {
    first: first * columns,
    end: Math.min(count, end * columns),
    before: first * rowHeight,
    behind: (rows - end) * rowHeight,
  };
}
