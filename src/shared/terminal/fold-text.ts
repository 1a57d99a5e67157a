/**
 * A sentence in lines that a terminal need not break within a word; a word that is longer than a line stays whole. Options
 * keep their value on their line, numbers their per cent.
 * @param columns at least 1
 */
export function foldText(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/ (?!%|[A-Z_0-9]+=)/)) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
