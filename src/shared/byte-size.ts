/** The size of a file for people, in powers of ten as file managers count: `344 B`, `12 kB`, `11.6 MB`, `6.94 GB`. @param bytes at least 0 */
export function byteSize(bytes: number): string {
  // By what is shown and not by what there is: never "1000 kB".
  if (bytes < 999.5) return `${Math.round(bytes)} B`;
  if (bytes < 999_500) return `${Math.round(bytes / 1e3)} kB`;
  if (bytes < 999_950_000) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
