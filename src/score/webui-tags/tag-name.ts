/** One spelling for all dialects: lower case, underscores, no escapes. */
export function tagName(text: string): string {
  return text
    .replaceAll(/\\([\\()[\]{}])/g, '$1')
    .trim()
    .toLowerCase()
    .replaceAll(/\s+/g, '_');
}
