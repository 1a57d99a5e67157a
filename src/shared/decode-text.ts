/** Bytes to text. Editors and shells of Windows write UTF-16 and byte order marks; older ones write the system's code page. */

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** By the byte order mark; without one, by where the zero bytes of Latin text lie. */
export function encodingOf(bytes: Uint8Array): TextEncoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const sample = bytes.subarray(0, 4096);
  const zeros = [0, 0];
  for (const [index, byte] of sample.entries()) {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  }
  const [even = 0, odd = 0] = zeros;
  const many = sample.length / 4;
  if (odd > many && odd > 4 * even) return 'utf-16le';
  if (even > many && even > 4 * odd) return 'utf-16be';
  return 'utf-8';
}

/** The text without its byte order mark, or why the bytes are not text: the second half of a sentence. */
export function decodeText(bytes: Uint8Array): { readonly text: string } | { readonly problem: string } {
  const encoding = encodingOf(bytes);
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    if (encoding === 'utf-8') return { problem: notUtf8(bytes) };
    return { problem: `it begins like ${encoding.toUpperCase()} and breaks off; save it as UTF-8` };
  }
  const zero = text.indexOf('\0');
  if (zero < 0) return { text };
  return { problem: `it has a zero byte in line ${lineOf(text, zero)}, so it is not a text file` };
}

function notUtf8(bytes: Uint8Array): string {
  const shown = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const at = shown.indexOf('\uFFFD');
  if (shown.slice(0, at).includes('\0')) return 'it is not a text file';
  return `line ${lineOf(shown, at)} is not UTF-8; save it as UTF-8 in your editor`;
}

function lineOf(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}
