/**
 * The lines of a text, without a BOM and without the CRs at their ends: the Python tool ends its lines with CR CR LF on
 * Windows. By hand, because a pattern takes the square of the length of a long run of CRs.
 */
export function linesOf(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map(withoutEnd);
}

export function withoutEnd(line: string): string {
  let end = line.length;
  while (line.charCodeAt(end - 1) === 13) end -= 1;
  return line.slice(0, end);
}
