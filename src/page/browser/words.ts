/** Numbers and times for people. */

/** `3 h 12 min`, `4 min 10 s`, `12 s`, `0.8 s`. @param seconds from 0 on */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

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
