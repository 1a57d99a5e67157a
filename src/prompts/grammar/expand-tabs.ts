/** As Python reads a tab: spaces up to the next column that is a multiple of 8. */
export function expandTabs(text: string): string {
  if (!text.includes('\t')) return text;
  return text
    .split('\n')
    .map((line) => {
      let column = 0;
      return line.replaceAll(/\t|[^\t]+/g, (piece) => {
        const grown = piece === '\t' ? ' '.repeat(8 - (column % 8)) : piece;
        column += grown.length;
        return grown;
      });
    })
    .join('\n');
}
