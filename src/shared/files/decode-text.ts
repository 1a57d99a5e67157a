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
  if (isUtf32(bytes)) return { problem: 'it is in UTF-32; save it as UTF-8 in your editor' };
  const encoding = encodingOf(bytes);
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    if (encoding === 'utf-8') return { problem: notUtf8(bytes) };
    return { problem: `it starts like ${encoding.toUpperCase()} but is cut off; save it as UTF-8` };
  }
  const zero = text.indexOf('\0');
  if (zero < 0) return { text };
  return { problem: `it has a zero byte in line ${lineOf(text, zero)}, so it is not a text file` };
}

function isUtf32([a, b, c, d]: Uint8Array): boolean {
  return (a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff);
}

function notUtf8(bytes: Uint8Array): string {
  const shown = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const at = shown.indexOf('\uFFFD');
  if (shown.slice(0, at).includes('\0')) return 'it is not a text file';
  const likely = likelyEncoding(bytes);
  const name = likely === undefined ? '' : ` (it looks like ${likely})`;
  return `line ${lineOf(shown, at)} is not UTF-8; save it as UTF-8 in your editor${name}`;
}

/** A guess for people, who know their editors' lists; nothing is decoded by it. */
function likelyEncoding(bytes: Uint8Array): string | undefined {
  const sample = bytes.subarray(0, 65_536);
  if (sample.some((byte) => byte < 9)) return undefined;
  for (const [label, name] of JAPANESE) {
    const text = new TextDecoder(label).decode(sample);
    const kana = text.match(/[\u3041-\u3096\u30a1-\u30fa]/g)?.length ?? 0;
    if (kana > 2 * (text.match(/\uFFFD/g)?.length ?? 0) && kana > 1) return name;
  }
  return pairShare(sample) > 0.9 ? 'GBK, Big5, EUC-KR or Windows-1251' : 'Windows-1252';
}

const JAPANESE = [
  ['shift_jis', 'Shift-JIS'],
  ['euc-jp', 'EUC-JP'],
] as const;

/** How many of the bytes above ASCII stand in runs of two or more, as those of Chinese and Korean code pages do. */
function pairShare(bytes: Uint8Array): number {
  let high = 0;
  let paired = 0;
  for (const [index, byte] of bytes.entries()) {
    if (byte < 0x80) continue;
    high++;
    if ((bytes[index - 1] ?? 0) >= 0x80 || (bytes[index + 1] ?? 0) >= 0x80) paired++;
  }
  return high === 0 ? 0 : paired / high;
}

function lineOf(text: string, position: number): number {
  return text.slice(0, position).split(/\r\n|\n|\r/).length;
}
