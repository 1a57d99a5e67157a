/** Importance in lines of text: small bars with their intervals, then what goes together, then what can be done. */
import type { DimensionImportance, Effect, Importance } from './importance.ts';
import { foldText } from '../shared/terminal/fold-text.ts';

export interface BarStyle {
  /** Columns, at least 40. */
  readonly width: number;
  /** Otherwise ASCII only. */
  readonly unicode: boolean;
  /** Wraps a text in a colour; the plain text where there are none. */
  readonly paint: (text: string, part: 'bar' | 'dim') => string;
}

/** What the summary of a search shows. */
const FEW_BARS = 8;
/** Blocks with less are named together. */
const SMALL = 0.01;

/** Where there are no interactions, whoever says so. */
export const NO_INTERACTIONS =
  'No interactions between blocks were found: detecting them takes many more merges.';

/** Everything. */
export function importanceLines(importance: Importance, style: BarStyle): string[] {
  if (!importance.enough) return [importance.reason];
  const { dimensions, interactions, trials, explained } = importance;
  const shown = dimensions.filter(({ total }, i) => i < FEW_BARS || total.value >= SMALL);
  return [
    ...foldText(
      `Which blocks decide the score: each one's share of the score differences within the searched bounds (from ${trials} merges; for unseen merges, the model explains ${percent(Math.max(0, explained))}).`,
      style.width,
    ),
    '',
    ...barLines(shown, style),
    ...foldText(legend(style), style.width),
    ...otherLines(dimensions.slice(shown.length), style),
    '',
    ...(interactions.length === 0
      ? foldText(NO_INTERACTIONS, style.width)
      : ['Interactions between blocks:']),
    ...interactions.map(({ names, effect }) => `  ${names.join(' and ')}  ${shareText(effect)}`),
    '',
    ...suggestionLines(importance, style),
  ];
}

/** The first bars and what can be done. */
export function importanceSummary(importance: Importance, style: BarStyle): string[] {
  if (!importance.enough)
    return foldText(`Which blocks matter: ${lowerFirst(importance.reason)}`, style.width);
  return [
    ...foldText('Which blocks decide the score (share of its differences, 95 %):', style.width),
    ...barLines(importance.dimensions.slice(0, FEW_BARS), style),
    ...suggestionLines(importance, style),
  ];
}

/** Columns of the share in words: `100 % (100 to 100)`. */
const SHARE_WIDTH = 18;
const LONGEST_NAME = 16;

function barLines(dimensions: readonly DimensionImportance[], style: BarStyle): string[] {
  const names = dimensions.map(({ name, blocks }) => nameOf(name, blocks, style));
  const widest = Math.max(0, ...names.map((name) => name.length));
  const room = Math.max(6, Math.min(40, style.width - widest - SHARE_WIDTH - 4));
  const end = Math.max(...dimensions.map(({ total }) => total.high), 0.01);
  return dimensions.map(
    ({ total }, i) =>
      `${(names[i] ?? '').padEnd(widest)}  ${bar(total, end, room, style)}  ${shareText(total)}`,
  );
}

function legend({ unicode }: BarStyle): string {
  const [full, half, light] = unicode ? MARKS.unicode : MARKS.ascii;
  return `${full} at least (95 %), ${half} up to the estimate, ${light} up to the maximum (95 %)`;
}

const MARKS = { unicode: ['█', '▓', '░', '·'], ascii: ['#', '=', '-', '.'] } as const;

/** Full up to the lower end of the interval, half up to the value, light up to the upper end. */
function bar({ value, low, high }: Effect, end: number, room: number, { unicode, paint }: BarStyle): string {
  const cells = (share: number): number => Math.round((share / end) * room);
  const [full, half, light, rest] = unicode ? MARKS.unicode : MARKS.ascii;
  const [atLow, atValue, atHigh] = [cells(low), cells(value), cells(high)];
  const filled =
    full.repeat(atLow) +
    half.repeat(Math.max(0, atValue - atLow)) +
    light.repeat(Math.max(0, atHigh - atValue));
  return `${paint(filled, 'bar')}${paint(rest.repeat(Math.max(0, room - filled.length)), 'dim')}`;
}

/** A group of many by its ends, a knot by its curve and depth. */
function nameOf(name: string, blocks: readonly string[], { unicode }: BarStyle): string {
  if (name.length <= LONGEST_NAME || blocks.length < 2 || name.includes('@')) return name;
  return `${blocks[0] ?? name}${unicode ? '…' : '..'}${blocks.at(-1) ?? ''} (${blocks.length})`;
}

function otherLines(others: readonly DimensionImportance[], { width }: BarStyle): string[] {
  if (others.length === 0) return [];
  return foldText(`Under ${percent(SMALL)} each: ${others.map(({ name }) => name).join(', ')}`, width);
}

function suggestionLines(
  { suggestions }: Extract<Importance, { enough: true }>,
  { width, unicode }: BarStyle,
): string[] {
  const [mark, arrow] = unicode ? ['•', '→'] : ['*', '>'];
  return suggestions.flatMap(({ sentence, option }) => [
    ...indent(foldText(sentence, width - 2), `${mark} `, '  '),
    // A line to copy: broken between options only.
    ...(option === undefined ? [] : indent(foldText(option, width - 4), `  ${arrow} `, '    ')),
  ]);
}

function indent(lines: readonly string[], first: string, others: string): string[] {
  return lines.map((line, i) => (i === 0 ? first : others) + line);
}

/** `12 % (3 to 25)`. */
function shareText({ value, low, high }: Effect): string {
  const number = (share: number): string => String(Math.round(100 * share));
  return `${number(value).padStart(2)} % (${number(low)} to ${number(high)})`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
