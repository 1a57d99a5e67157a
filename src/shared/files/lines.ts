/** Lines, whoever ended them: LF, CR LF, the CR of old editors, and the CR CR LF that Python writes on Windows. */

/**
 * The lines of a text, without a byte order mark and without their ends. By hand, because a pattern takes the square of
 * the length of a long run of CRs.
 */
export function linesOf(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((line) => withoutEnd(line).split('\r'));
}

/** The lines one after another, for texts of which only the first ones matter. */
export function* eachLine(text: string): Generator<string> {
  let from = text.startsWith('\uFEFF') ? 1 : 0;
  while (from <= text.length) {
    const end = text.indexOf('\n', from);
    yield* withoutEnd(end === -1 ? text.slice(from) : text.slice(from, end)).split('\r');
    if (end === -1) return;
    from = end + 1;
  }
}

/** For parsers that know LF and CR LF alone. */
export function withLineFeeds(text: string): string {
  return text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text;
}

function withoutEnd(line: string): string {
  let end = line.length;
  while (line.charCodeAt(end - 1) === 13) end -= 1;
  return line.slice(0, end);
}
