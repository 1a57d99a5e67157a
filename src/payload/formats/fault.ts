/** What is wrong with a file, and where: the registry adds the file's name and makes it a message for people. */
import { FileRefused, textOf } from '../../shared/files/read-file.ts';

export interface Place {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

export class FormatFault extends Error {
  override readonly name: string = 'FormatFault';
  readonly place: string;

  /** @param message without a full stop */
  constructor(message: string, place?: Place | string) {
    super(message);
    this.place =
      place === undefined || typeof place === 'string'
        ? (place ?? '')
        : `line ${place.line}, column ${place.column}`;
  }
}

/** Line and column of a position in a text. */
export function placeAt(text: string, position: number): Place {
  const before = text.slice(0, position);
  const lines = before.split(/\r\n|\n|\r/);
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/**
 * The text of a file, without its byte order mark.
 * @throws FormatFault for another encoding than UTF-8 and UTF-16
 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return textOf(bytes);
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error;
    throw new FormatFault(error.message);
  }
}

/** A short quotation for messages: control characters do not reach a terminal. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
}
