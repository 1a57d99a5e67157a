/** Title, one line of facts, and for several runs the legend: a small table that says which colour did what. */
import { highestBaseline } from './baselines.ts';
import { equalityInWords, strokeOf } from './equal-runs.ts';
import type { Mark } from './panel.ts';
import { accentOf, GREY, INK, MOST_COLOURS } from './palette.ts';
import { baselineInWords } from './payload-scores.ts';
import { formatNumber } from './scale.ts';
import type { RunSeries } from './series.ts';
import { bestOfAll, imagesIn } from './series.ts';
import { shorten } from './words.ts';
import { counted } from '../shared/counted.ts';

export interface Header {
  readonly title: string;
  readonly subtitle: string;
  readonly marks: readonly Mark[];
  readonly height: number;
}

const ROW = 20;

/** @param digits decimals of a score */
export function headerOf(
  all: readonly RunSeries[],
  digits: number,
  given: string | undefined,
  place: { readonly left: number; readonly width: number },
): Header {
  const only = all.length === 1 ? all[0] : undefined;
  const title = given ?? only?.name ?? `${all.length} runs`;
  const subtitle = factsOf(all, digits, given !== undefined);
  const marks: Mark[] = [
    { kind: 'text', x: place.left, y: 32, text: shorten(title, 110), size: 18, bold: true },
    { kind: 'text', x: place.left, y: 56, text: subtitle, size: 12, colour: GREY },
  ];
  if (only !== undefined) return { title, subtitle, marks, height: 70 };
  const table = legend(all, digits, place);
  return { title, subtitle, marks: [...marks, ...table.marks], height: table.bottom };
}

/** `name · 102 iterations, 3 failed · best score 0.6123 at iteration 89 · 0.0123 above model B, the best baseline`. */
function factsOf(all: readonly RunSeries[], digits: number, named: boolean): string {
  const iterations = all.reduce((sum, { length }) => sum + length, 0);
  const failed = all.reduce((sum, { failed }) => sum + failed.length, 0);
  const found = bestOfAll(all);
  const only = all.length === 1 ? all[0] : undefined;
  const facts: string[] = [];
  if (only !== undefined && named) facts.push(shorten(only.name, 70));
  facts.push(`${counted(iterations, 'iteration')}${failed > 0 ? `, ${failed} failed` : ''}`);
  const images = imagesIn(all);
  if (images !== undefined) facts.push(images);
  if (found === undefined) facts.push('no score');
  else {
    const whose = only === undefined ? ` (${shorten(all[found.run]?.name ?? '', 50)})` : '';
    facts.push(
      `best score ${formatNumber(found.best.score, digits)} at iteration ${found.best.number}${whose}`,
    );
    if (only !== undefined) facts.push(...againstBaseline(only, found.best.score, digits));
  }
  return facts.join('  ·  ');
}

function againstBaseline(run: RunSeries, best: number, digits: number): string[] {
  const highest = highestBaseline(run);
  if (highest === undefined) return [];
  const gain = best - highest.score;
  const size = formatNumber(Math.abs(gain), digits);
  const which = `${baselineInWords(highest.name)}, the best baseline`;
  return [gain === 0 ? `as good as ${which}` : `${size} ${gain > 0 ? 'above' : 'below'} ${which}`];
}

function legend(
  all: readonly RunSeries[],
  digits: number,
  place: { readonly left: number; readonly width: number },
): { readonly marks: readonly Mark[]; readonly bottom: number } {
  const columns = all.length > 3 ? 2 : 1;
  const rows = Math.ceil(all.length / columns);
  const width = 600;
  const pitch = place.width - width;
  const top = 90;
  const marks: Mark[] = [];
  for (let column = 0; column < columns; column += 1) {
    marks.push(...legendHead(place.left + column * pitch, top));
  }
  for (const [index, run] of all.entries()) {
    const column = Math.floor(index / rows);
    const y = top + ROW * (1 + (index % rows));
    marks.push(...sample(all, index, place.left + column * pitch, y));
    marks.push(...legendRow(run, index, digits, place.left + column * pitch, y));
  }
  return { marks, bottom: top + ROW * rows + 10 };
}

/** Right edges of the numbers, from the left of the table. */
const NUMBERS = { best: 418, at: 486, iterations: 550, failed: 594 } as const;
/** Left edge of the names; the right edge of what follows them. */
const NAMES = { left: 56, right: 346 } as const;

function legendHead(left: number, y: number): Mark[] {
  const head = (x: number, text: string): Mark => ({
    kind: 'text',
    x: left + x,
    y,
    text,
    size: 11,
    colour: GREY,
    align: 'right',
  });
  return [
    { kind: 'text', x: left + NAMES.left, y, text: 'run', size: 11, colour: GREY },
    head(NUMBERS.best, 'best score'),
    head(NUMBERS.at, 'at iteration'),
    head(NUMBERS.iterations, 'iterations'),
    head(NUMBERS.failed, 'failed'),
  ];
}

function legendRow(run: RunSeries, index: number, digits: number, left: number, y: number): Mark[] {
  const equal = equalityInWords(run);
  const name = shorten(run.name, equal === undefined ? 42 : 30);
  const number = (x: number, text: string): Mark => ({ kind: 'text', x: left + x, y, text, align: 'right' });
  return [
    { kind: 'text', x: left + 48, y, text: String(index + 1), colour: GREY, align: 'right' },
    { kind: 'text', x: left + NAMES.left, y, text: name, colour: INK },
    ...(equal === undefined ? [] : [note(left + NAMES.right, y, equal)]),
    number(NUMBERS.best, run.best === undefined ? '–' : formatNumber(run.best.score, digits)),
    number(NUMBERS.at, run.best === undefined ? '–' : String(run.best.number)),
    number(NUMBERS.iterations, String(run.length)),
    number(NUMBERS.failed, String(run.failed.length)),
  ];
}

function note(x: number, y: number, text: string): Mark {
  return { kind: 'text', x, y, text, size: 11, colour: GREY, align: 'right' };
}

/** The run's line as it is drawn; none where all have the same colour. */
function sample(all: readonly RunSeries[], index: number, left: number, y: number): Mark[] {
  if (all.length > MOST_COLOURS) return [];
  const colour = accentOf(index, all.length);
  const { dash } = strokeOf(all, index);
  return [
    { kind: 'line', from: [left, y], to: [left + 22, y], colour, dash },
    { kind: 'dot', x: left + 11, y, radius: 3.5, colour },
  ];
}
