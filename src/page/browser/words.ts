/** Numbers and times for people. */

/** Local time, `31 Jan 15:04:05`; empty for none. */
export function timeText(at: string | null | undefined): string {
  const date = new Date(at ?? '');
  if (Number.isNaN(date.getTime())) return '';
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  return `${day} ${date.toLocaleTimeString('en-GB')}`;
}

export function baselineText(name: string): string {
  return name === 'half' ? 'half of each' : `model ${name}`;
}
