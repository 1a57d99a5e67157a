/** Where everything on a sheet stands: equal cells, labels at their left, or above each row where the sheet is narrow. */

/** What a layout is made for. */
export interface LayoutWish {
  readonly columns: number;
  readonly rows: number;
  /** Height of a cell to its width. */
  readonly ratio: number;
  /** Pixels of the widest image: larger cells would show nothing more. */
  readonly widest: number;
  /** Pixels that the sheet may be wide; left out = as its columns need. */
  readonly width?: number | undefined;
  /** Heights of the texts above the rows, in pixels. */
  readonly heights: (widths: Widths) => { readonly title: number; readonly head: number };
}

/** What texts have to fit into, in pixels. */
export interface Widths {
  /** Of a line across the sheet. */
  readonly line: number;
  readonly cell: number;
  /** Size of plain letters. */
  readonly letter: number;
  /** Columns that have room. */
  readonly columns: number;
}

/** In pixels. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Columns that have room. */
  readonly columns: number;
  readonly cell: { readonly width: number; readonly height: number };
  /** Size of plain letters. */
  readonly letter: number;
  /** Room for the labels at the left; 0 = they stand above the rows. */
  readonly label: number;
  /** Height of the title and its notes. */
  readonly titleHeight: number;
  /** Of the labels of the columns. */
  readonly headHeight: number;
  /** Of a row with all that belongs to it. */
  readonly rowHeight: number;
  /** Of a row's label above its images; 0 where it stands at their left. */
  readonly above: number;
  /** Where the images begin. */
  readonly left: number;
  /** Between cells. */
  readonly gap: number;
}

export const PAD = 20;
const GAP = 8;
/** Narrower cells show nothing any more. */
const NARROWEST = 72;
/** Smaller images are drawn larger: an image of 64 pixels can be seen then. */
const ENLARGED = 256;
/** Longer sides cannot be written as WebP. */
const LONGEST = 16_000;
/** Sheets narrower than this have their labels above the rows. */
const NARROW_SHEET = 720;
/** A title has some words. */
const NARROWEST_SHEET = 420;

export function layoutOf(wish: LayoutWish): Layout {
  const { rows, ratio, width } = wish;
  const asked = width === undefined ? roomy(wish) : within(wish, width);
  const tallest = Math.floor((LONGEST - 300) / Math.max(1, rows)) - 60;
  const cellWidth = Math.max(8, Math.min(asked.cell, Math.floor(tallest / ratio)));
  const cell = { width: cellWidth, height: Math.max(8, Math.round(cellWidth * ratio)) };
  const letter = letterOf(cellWidth);
  const { columns, label } = asked;
  const left = PAD + (label > 0 ? label + GAP : 0);
  const sheet = Math.max(
    left + columns * (cell.width + GAP) - GAP + PAD,
    Math.min(width ?? Infinity, NARROWEST_SHEET),
  );
  const heights = wish.heights({ line: sheet - 2 * PAD, cell: cell.width, letter, columns });
  const titleHeight = PAD + heights.title + letter;
  const headHeight = heights.head + GAP;
  const above = label > 0 ? 0 : Math.round(1.4 * letter * LINE);
  const rowHeight = above + cell.height + Math.round(1.5 * letter * LINE) + GAP;
  return {
    width: sheet,
    height: titleHeight + headHeight + rows * rowHeight + PAD,
    columns,
    cell,
    letter,
    label,
    titleHeight,
    headHeight,
    rowHeight,
    above,
    left,
    gap: GAP,
  };
}

/** Distance of lines, to the size of their letters. */
export const LINE = 1.35;

interface Asked {
  readonly columns: number;
  readonly cell: number;
  readonly label: number;
}

function roomy({ columns, widest }: LayoutWish): Asked {
  const usual = columns <= 4 ? 384 : columns <= 8 ? 320 : columns <= 16 ? 224 : 160;
  const cell = Math.min(usual, Math.max(widest, ENLARGED));
  return { columns, cell, label: Math.round(10.5 * letterOf(cell)) };
}

function within({ columns: wanted, widest }: LayoutWish, width: number): Asked {
  const inner = Math.max(NARROWEST, width - 2 * PAD);
  const label = width < NARROW_SHEET ? 0 : Math.round(Math.min(190, 0.13 * width));
  const room = inner - (label > 0 ? label + GAP : 0);
  const columns = Math.max(1, Math.min(wanted, Math.floor((room + GAP) / (NARROWEST + GAP))));
  const cell = Math.floor((room + GAP) / columns) - GAP;
  return { columns, cell: Math.min(cell, Math.max(widest, ENLARGED)), label };
}

/** Letters grow with the cells: large sheets are looked at from afar. */
function letterOf(cell: number): number {
  return Math.round(12 * Math.min(1.5, Math.max(1, cell / 210)));
}
