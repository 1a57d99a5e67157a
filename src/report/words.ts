/** Numbers and names as a report writes them. */
import { scoreText } from '../shared/score-text.ts';

/** `+0.3100`, with a real minus sign. */
export function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${scoreText(Math.abs(value))}`;
}

export function scored(value: number | undefined): string {
  return value === undefined ? '–' : scoreText(value).replace(/^-/, '−');
}

/** A share from 0 to 1: `12 %`, `0.4 %`. */
export function percent(share: number): string {
  const value = share * 100;
  const isSmall = Math.abs(value) < 1 && Math.abs(value) >= 0.05;
  return `${isSmall ? value.toFixed(1) : Math.round(value)} %`;
}

export function weightText(weight: number | undefined): string {
  return weight === undefined ? '–' : String(Number(weight.toFixed(4))).replace(/^-/, '−');
}

/** `2026-11-29 18:45`, UTC. */
export function dateText(iso: string | undefined): string {
  return iso === undefined ? 'unknown' : `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

export function meanOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A word of a command line: in quotes where a shell would take it apart. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replaceAll(/(["\\$`])/g, '\\$1')}"`;
}
