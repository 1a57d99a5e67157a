/** What may be written to an output besides plain text. */

/** A part of a standard stream. */
export interface Output {
  readonly isTTY?: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Colours: at a terminal unless NO_COLOR is set to anything (https://no-color.org); into files and pipes only where FORCE_COLOR asks for
 * them, which wins as in Node.js. Its `0` and `false` mean none.
 */
export function hasColour({ isTTY }: Output, { FORCE_COLOR, NO_COLOR, TERM }: Environment): boolean {
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTTY === true && !NO_COLOR && TERM !== 'dumb';
}

/** Can a line be wiped and drawn again? */
export function canRedraw({ isTTY }: Output, { TERM }: Environment): boolean {
  return isTTY === true && TERM !== 'dumb';
}

/** Columns of a terminal that does not say how many it has. */
const USUAL_COLUMNS = 80;

/** @returns 80 where it is no terminal, or one that does not say */
export function columnsOf({ columns }: { readonly columns?: number | undefined }): number {
  return columns || USUAL_COLUMNS;
}
