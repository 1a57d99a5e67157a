/** Names in files that somebody else may have written: a journal that came by mail must not lead out of its folder. */

/**
 * Does a path relative to a folder name something in it? Both kinds of slashes count, so that a name means the same on every system:
 * `recipes\O.txt` does, `../O`, `a/../../O`, `/O`, `C:O` and `\\server\O` do not, nor does the folder itself.
 */
export function staysInside(relative: string): boolean {
  if (relative.includes('\0') || /^(?:[\\/]|[a-z]:)/i.test(relative)) return false;
  let depth = 0;
  for (const part of relative.split(/[\\/]/)) {
    if (part === '..') depth--;
    else if (part !== '.' && part !== '') depth++;
    if (depth < 0) return false;
  }
  return depth > 0;
}
