/**
 * The date of a run's file name as Python writes a `datetime`: `2026-01-31-15-04-05` is `2026-01-31 15:04:05`. A second
 * run of the same second, `…-05-2`, becomes `….000002`: rows of `history.tsv` are told apart by this.
 * @returns an empty text where the name ends in no date
 */
export function pythonDatetime(stem: string): string {
  const [, day, hour, minute, second, number] =
    /(\d{4}-\d{2}-\d{2})-(\d{2})-(\d{2})-(\d{2})(?:-(\d{1,6}))?$/.exec(stem) ?? [];
  if (day === undefined) return '';
  const fraction = number === undefined ? '' : `.${number.padStart(6, '0')}`;
  return `${day} ${hour}:${minute}:${second}${fraction}`;
}
