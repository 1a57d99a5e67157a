/** How long something takes, for people: `3 h 12 min`, `2 h`, `4 min 10 s`, `12 s`, `0.8 s`. @param seconds from 0 on */
export function duration(seconds: number): string {
  if (seconds < 0.05) return '0 s';
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  // Rounded first, so that no part of it is ever 60.
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return inTwo(`${minutes} min`, whole % 60, 's');
  return inTwo(`${Math.floor(minutes / 60)} h`, minutes % 60, 'min');
}

function inTwo(first: string, rest: number, unit: string): string {
  return rest === 0 ? first : `${first} ${rest} ${unit}`;
}
