/** All text of a sheet as one transparent drawing to lay over its images, in the bundled font. */
import { pixelsOf } from '../plot/png.ts';
import { AXIS, GREY, INK } from '../plot/palette.ts';
import { escaped } from '../plot/svg.ts';
import { LINE, PAD, type Layout, type Widths } from './layout.ts';
import { clean, fitted, isInBundledFont, widthOf, type Room } from './lettering.ts';
import type { SheetCell, SheetColumn, SheetContent, SheetRow } from './sheet-content.ts';

interface Style {
  readonly size: number;
  readonly colour: string;
  readonly bold?: boolean;
  readonly anchor?: 'middle';
}

/** Pixels as `pixelsOf` gives them, of the size of the layout. */
export async function lettersOfSheet(layout: Layout, content: SheetContent): Promise<Uint8Array> {
  const { width, height } = layout;
  const marks = [...titleOf(layout, content), ...columnLabels(layout, content), ...rowsOf(layout, content)];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${marks.join('')}</svg>`;
  return pixelsOf(svg, !isInBundledFont(wordsOf(content).map(clean).join(' ')));
}

/** How high title and column labels are, in pixels: the space for them is made to measure. */
export function heightsOf(content: SheetContent, widths: Widths): { title: number; head: number } {
  const { letter } = widths;
  const { head, lines } = titleLines(content, widths);
  const labels = content.columns.slice(0, widths.columns).map((column) => columnLines(column, widths));
  const most = Math.max(1, ...labels.map(({ label, detail }) => label.length + detail.length));
  return {
    title: Math.round(titleSize(letter) * LINE * head.length + letter * LINE * lines.length),
    head: Math.round(most * letter * LINE),
  };
}

function titleSize(letter: number): number {
  return Math.round(1.5 * letter);
}

function titleLines(
  { title, notes }: Pick<SheetContent, 'title' | 'notes'>,
  { line, letter }: Pick<Widths, 'line' | 'letter'>,
): { readonly head: readonly string[]; readonly lines: readonly string[] } {
  return {
    head: fitted(title, { width: line, lines: 2, size: titleSize(letter), bold: true }),
    lines: notes.flatMap((note) => fitted(note, { width: line, lines: 1, size: letter })),
  };
}

function titleOf({ width, letter }: Layout, content: SheetContent): string[] {
  const { head, lines } = titleLines(content, { line: width - 2 * PAD, letter });
  const size = titleSize(letter);
  const top = PAD + size * LINE * head.length + letter;
  return [
    ...head.map((line, i) =>
      text(line, PAD, PAD + size * (0.9 + LINE * i), { size, colour: INK, bold: true }),
    ),
    ...lines.map((line, i) => text(line, PAD, top + letter * LINE * i, { size: letter, colour: GREY })),
  ];
}

function columnLines(
  { label, detail }: SheetColumn,
  { cell, letter }: Pick<Widths, 'cell' | 'letter'>,
): { readonly label: readonly string[]; readonly detail: readonly string[] } {
  const lines = detail === undefined ? 3 : 2;
  return {
    label: fitted(label, { width: cell, lines, size: letter, bold: true }),
    detail: detail === undefined ? [] : detailIn(detail, cell, letter - 1),
  };
}

/** They stand on the images: a label of one line is next to its column. */
function columnLabels(layout: Layout, { columns }: SheetContent): string[] {
  const { letter, cell, titleHeight, headHeight, gap } = layout;
  const bottom = titleHeight + headHeight - gap;
  return columns.slice(0, layout.columns).flatMap((column, c) => {
    const x = xOf(layout, c);
    const { label, detail } = columnLines(column, { cell: cell.width, letter });
    const count = label.length + detail.length;
    return [...label, ...detail].map((line, i) => {
      const isLabel = i < label.length;
      const style = isLabel ? { size: letter, colour: INK, bold: true } : { size: letter - 1, colour: GREY };
      return text(line, x, bottom - letter * LINE * (count - 1 - i), style);
    });
  });
}

/** Of `seed 1234567` the number is what matters. */
function detailIn(detail: string, width: number, size: number): string[] {
  const short = widthOf(detail, size) <= width ? detail : detail.slice(detail.lastIndexOf(' ') + 1);
  return fitted(short, { width, lines: 1, size });
}

function rowsOf(layout: Layout, { rows }: SheetContent): string[] {
  const { titleHeight, headHeight, rowHeight, above } = layout;
  return rows.flatMap((row, r) => {
    const y = titleHeight + headHeight + r * rowHeight;
    return [
      ...(above > 0 ? labelAbove(layout, row, y) : labelAtLeft(layout, row, y)),
      ...row.cells.flatMap((cell, c) => cellText(layout, cell, xOf(layout, c), y + above)),
    ];
  });
}

function labelAtLeft({ letter, label, cell }: Layout, row: SheetRow, y: number): string[] {
  const size = Math.round(1.25 * letter);
  const heads = fitted(row.label, { width: label, lines: 2, size, bold: true });
  const space = Math.floor((cell.height - size * LINE * heads.length) / (letter * LINE));
  const details = row.details
    .flatMap((detail) => fitted(detail, { width: label, lines: 3, size: letter }))
    .slice(0, Math.max(1, space));
  const top = y + size;
  return [
    ...heads.map((line, i) => text(line, PAD, top + size * LINE * i, { size, colour: INK, bold: true })),
    ...details.map((line, i) =>
      text(line, PAD, top + size * LINE * heads.length + letter * LINE * i, { size: letter, colour: GREY }),
    ),
  ];
}

function labelAbove({ letter, width }: Layout, row: SheetRow, y: number): string[] {
  const line = [row.label, ...row.details].join('  ·  ');
  const [shown = ''] = fitted(line, { width: width - 2 * PAD, lines: 1, size: letter, bold: true });
  return [text(shown, PAD, y + letter, { size: letter, colour: INK, bold: true })];
}

function cellText(layout: Layout, { caption, isBest, reason }: SheetCell, x: number, y: number): string[] {
  const { cell, letter } = layout;
  const [shown = ''] = fitted(caption, { ...inCell(layout), lines: 1, bold: isBest === true });
  const below = text(shown, x, y + cell.height + letter * 1.3, {
    size: letter,
    colour: isBest === true ? INK : GREY,
    bold: isBest === true,
  });
  if (reason === undefined) return [below];
  const lines = fitted(reason, { width: cell.width - 8, lines: 3, size: letter });
  const middle = y + cell.height / 2 - (letter * LINE * (lines.length - 1)) / 2 + letter / 3;
  return [
    `<rect x="${x + 0.5}" y="${y + 0.5}" width="${cell.width - 1}" height="${cell.height - 1}" fill="none" stroke="${AXIS}" stroke-dasharray="4 4"/>`,
    ...lines.map((line, i) =>
      text(line, x + cell.width / 2, middle + letter * LINE * i, {
        size: letter,
        colour: GREY,
        anchor: 'middle',
      }),
    ),
    below,
  ];
}

function text(line: string, x: number, y: number, { size, colour, bold, anchor }: Style): string {
  const weight = bold === true ? ' font-weight="600"' : '';
  const middle = anchor === undefined ? '' : ` text-anchor="${anchor}"`;
  return `<text x="${Math.round(x)}" y="${Math.round(y)}" font-family="Inter" font-size="${size}" fill="${colour}"${weight}${middle}>${escaped(line)}</text>`;
}

function xOf({ left, cell, gap }: Layout, column: number): number {
  return left + column * (cell.width + gap);
}

function inCell({ cell, letter }: Layout): Omit<Room, 'lines'> {
  return { width: cell.width, size: letter };
}

function wordsOf({ title, notes, columns, rows }: SheetContent): string[] {
  return [
    title,
    ...notes,
    ...columns.flatMap(({ label, detail = '' }) => [label, detail]),
    ...rows.flatMap(({ label, details, cells }) => [
      label,
      ...details,
      ...cells.map(({ caption, reason = '' }) => caption + reason),
    ]),
  ];
}
