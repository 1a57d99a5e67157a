/** Sheets of images: merges beside each other on the same prompts and seeds. */
export { chosenColumns, evenly } from './columns.ts';
export { contactSheet, type ContactSheet } from './contact-sheet.ts';
export { drawSheet, type SheetFormat } from './draw-sheet.ts';
export {
  hasImages,
  imagesOf,
  type Gallery,
  type MergeName,
  type RunRecords,
  type ShownMerge,
} from './gallery.ts';
export type { SheetCell, SheetContent } from './sheet-content.ts';
export { thumbnail, type ThumbnailFormat } from './thumbnail.ts';
