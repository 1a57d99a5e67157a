/** What the tests see of write-long-journal.mjs. */
export function writeLongJournal(
  folder: string,
  settings: {
    readonly trials: number;
    readonly dimensions: number;
    readonly images: number;
    readonly isUneven?: boolean;
  },
): { readonly file: string; readonly more: (trial: number) => string };
