/** What stands on a sheet, before anything is drawn. */

export interface SheetContent {
  readonly title: string;
  /** Below the title; one that is too long for its line loses its middle. */
  readonly notes: readonly string[];
  readonly columns: readonly SheetColumn[];
  readonly rows: readonly SheetRow[];
}

export interface SheetColumn {
  readonly label: string;
  /** A short one, always in letters of the bundled font. */
  readonly detail?: string;
}

export interface SheetRow {
  readonly label: string;
  readonly details: readonly string[];
  /** One for each column. */
  readonly cells: readonly SheetCell[];
}

export interface SheetCell {
  /** Path of an image file, or its bytes; undefined = none. */
  readonly image: string | Uint8Array | undefined;
  /** Why there is none. */
  readonly reason?: string | undefined;
  readonly caption: string;
  /** Its caption is set in bold. */
  readonly isBest?: boolean;
}
