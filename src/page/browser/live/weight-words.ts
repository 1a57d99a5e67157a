/** Weights for people. Pure. */

export function weightText(weight: number | undefined): string {
  return weight === undefined ? '–' : String(Number(weight.toFixed(4)));
}

/** For a field of a few pixels. */
export function shortWeight(weight: number): string {
  const text = weight.toFixed(2);
  return text.replace(/^(-?)0\./, '$1.').replace(/\.?0+$/, '') || '0';
}

/** The ends tell `double_blocks.10.img` from `double_blocks.11.img`. */
export function shortName(name: string, width: number): string {
  const most = width > 140 ? 15 : 10;
  return name.length <= most ? name : `${name.slice(0, most - 9)}…${name.slice(-8)}`;
}

export function countText(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} million`;
  return count >= 1e4 ? `${Math.round(count / 1e3)} thousand` : String(count);
}

/** A share as percent. */
export function percentText(share: number): string {
  const percent = share * 100;
  return `${percent >= 10 || percent === 0 ? Math.round(percent) : percent.toFixed(1)} %`;
}
