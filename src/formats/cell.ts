/** Text from outside in a cell of a table that people open in a spreadsheet. */

/** Spreadsheets compute what begins so, in full width too; a tab or line break in front of it is passed over. */
const FORMULA = /^[\s]*[=+\-@＝＋－＠]/;

/** The text, behind an apostrophe where a spreadsheet would take it for a formula; numbers stay as they are. */
export function harmlessCell(text: string): string {
  return FORMULA.test(text) && !isNumber(text) ? `'${text}` : text;
}

/** The same between the commas of a CSV. */
export function csvCell(text: string): string {
  const cell = harmlessCell(text);
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}
