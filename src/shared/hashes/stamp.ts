import fs from 'node:fs';

/** Another text whenever the file is another one: modification time in nanoseconds, inode, device, size; undefined when it is gone. */
export function stampOf(file: string): string | undefined {
  const stat = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat && [stat.mtimeNs, stat.ino, stat.dev, stat.size].join('-');
}
