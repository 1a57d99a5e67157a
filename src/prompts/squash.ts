/** Runs of white space become one space, none stays at the ends. */
export function squash(text: string): string {
  return text.split(/\s+/).filter(Boolean).join(' ');
}
