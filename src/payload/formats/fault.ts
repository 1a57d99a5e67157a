/** What is wrong with a file, and where: the registry adds the file's name and makes it a message for people. */

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
 * The text of a file in UTF-8, without its byte order mark.
 * @throws FormatFault for another encoding
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new FormatFault('the text is in UTF-16; save it as UTF-8');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FormatFault('the text is not in UTF-8; save it as UTF-8');
  }
}

/** A short quotation for messages: control characters do not reach a terminal. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
}
