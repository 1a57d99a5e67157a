/** Sheets of images: merges beside each other on the same prompts and seeds. */
export { chosenColumns, evenly } from './columns.ts';
export { contactSheet, USUAL_COLUMNS, type ContactSheet, type ContactSheetOptions } from './contact-sheet.ts';
export { drawSheet, type SheetFormat } from './draw-sheet.ts';
export {
  hasImages,
  imagesOf,
  type Gallery,
  type ImageColumn,
  type MergeName,
  type RunRecords,
  type ShownImage,
  type ShownMerge,
} from './gallery.ts';
export type { SheetCell, SheetColumn, SheetContent, SheetRow } from './sheet-content.ts';
export { thumbnail, type ThumbnailFormat } from './thumbnail.ts';
