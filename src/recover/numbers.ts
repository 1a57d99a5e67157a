/** Numbers and lists of weights out of a log whose lines may be wrapped inside them (the rule is in log-text.ts). */
import { type BlockWeights } from '../space/blocks.ts';
import { weightsFromList } from '../architectures/sd-lists.ts';
import type { LogText } from './log-text.ts';
import { counted } from '../shared/counted.ts';

export type NumberRead =
  | { readonly state: 'whole'; readonly value: number }
  /** There is a number, but not all of it is certain. */
  | { readonly state: 'cut' }
  | { readonly state: 'none' };

export type WeightsRead =
  | { readonly state: 'whole'; readonly weights: BlockWeights; readonly width?: number }
  | { readonly state: 'damaged'; readonly reason: string; readonly width?: number };

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
/** What a number looks like while it is still being put together. */
const NUMBER_SO_FAR = /^[-+]?\d*\.?\d*(?:e[-+]?\d*)?$/i;
const NOT_FINITE = /^[-+]?(?:nan|inf(?:inity)?)\b/i;
const NUMBER_RUN = /^[\d.eE+-]+/;
const LIST_RUN = /^[\d.,eE+\- ]*/;
const LIST_LENGTH = 27;
/** More characters than the longest list can have. */
const LIST_CHARACTERS = 2048;

/** Reads the number behind a label; `at` is the offset just behind the label. `nan` and infinities are whole numbers. */
export function readNumber(log: LogText, at: number): NumberRead {
  const from = skipSpaces(log, at);
  if (from === undefined) return { state: 'none' };
  let line = log.lineAt(from);
  const rest = log.stream.slice(from, log.endOf(line));
  const special = NOT_FINITE.exec(rest)?.[0];
  if (special !== undefined)
    return { state: 'whole', value: /nan/i.test(special) ? Number.NaN : infinity(special) };
  let text = NUMBER_RUN.exec(rest)?.[0];
  if (text === undefined) return { state: 'none' };
  if (text.length < rest.length) {
    const behind = rest.charAt(text.length);
    return /[\s,\])]/.test(behind) ? finished(text) : { state: 'cut' };
  }
  for (;;) {
    const more = continuation(log, line, text);
    if (more === undefined) break;
    text += more;
    line += 1;
    if (more.length < log.lengthOf(line)) return finished(text);
  }
  return log.isCutAt(line) ? { state: 'cut' } : finished(text);
}

/**
 * Reads 27 numbers in search order behind a label. Commas tell where a broken list goes on; only its last number
 * depends on the width of the terminal. `width` is what the breaks inside the list show.
 */
export function readWeights(log: LogText, at: number): WeightsRead {
  const from = skipSpaces(log, at);
  if (from === undefined) return { state: 'damaged', reason: 'no numbers follow' };
  let line = log.lineAt(from);
  let text = '';
  let rest = log.stream.slice(from, Math.min(log.endOf(line), from + 2 * LIST_CHARACTERS)).replace(/^\[/, '');
  const first = line;
  const wrapped: number[] = [];
  const insideNumbers: number[] = [];
  const width = (): { readonly width?: number } =>
    wrapped.length === 0 ? {} : { width: Math.max(...wrapped) };
  for (;;) {
    const run = LIST_RUN.exec(rest)?.[0] ?? '';
    text += run;
    if (text.length > LIST_CHARACTERS) break;
    if (run.length < rest.length) {
      // Something else stands directly behind the last digit, or on a line that should hold nothing but the list.
      if (line > first || (!run.endsWith(' ') && !rest.startsWith(']', run.length))) {
        return { state: 'damaged', reason: 'other text is mixed into the list', ...width() };
      }
      break;
    }
    const cells = text.split(',');
    if (cells.length > LIST_LENGTH) break;
    const last = cells.at(-1)?.trim() ?? '';
    const following = line + 1 < log.lineCount ? log.textOf(line + 1) : undefined;
    if (cells.length === LIST_LENGTH && last !== '') {
      const more = text.endsWith(' ') ? undefined : continuation(log, line, last);
      if (more === undefined) {
        if (log.isCutAt(line)) {
          return { state: 'damaged', reason: 'the file ends inside the list', ...width() };
        }
        if (!log.isFull(line) && following !== undefined && /^[\d.]+\s*$/.test(following)) {
          const reason = 'digits below it may belong to its last number';
          return { state: 'damaged', reason, ...width() };
        }
        break;
      }
    } else if (following === undefined) {
      return { state: 'damaged', reason: 'the file ends inside the list', ...width() };
    } else if (!/^[\d.,eE+-]/.test(following) || log.startsRecord(line + 1)) {
      return {
        state: 'damaged',
        reason: `the list stops after ${counted(cells.length, 'number')}`,
        ...width(),
      };
    } else {
      wrapped.push(log.lengthOf(line));
      if (last !== '' && !following.startsWith(',')) insideNumbers.push(log.lengthOf(line));
    }
    line += 1;
    rest = log.textOf(line);
  }
  // A terminal breaks inside a number at its own width only.
  if (insideNumbers.some((length) => length !== Math.max(...wrapped))) {
    return { state: 'damaged', reason: 'its lines break inside numbers at different widths' };
  }
  return { ...named(text), ...width() };
}

/** The text of a value that ends with its line, wrapped lines put together again. */
export function readRest(log: LogText, at: number): string {
  let line = log.lineAt(Math.max(0, at - 1));
  let text = log.stream.slice(at, log.endOf(line));
  while (log.isFull(line) && line + 1 < log.lineCount && !startsSomething(log, line + 1)) {
    line += 1;
    text += log.textOf(line);
  }
  return text.trim();
}

/** Blank, or the start of a record, a bar, an end block, a recipe key or a JSON object. */
export function startsSomething(log: LogText, line: number): boolean {
  if (log.startsRecord(line)) return true;
  return /^(?:\s*$|\[\d+\] |Results: |\s{3}|model[ABO]=|position_id_fix=|output_mode=|\{")/.test(
    log.textOf(line),
  );
}

function skipSpaces(log: LogText, at: number): number | undefined {
  let from = at;
  while (log.stream[from] === ' ' || log.stream[from] === '\t') from += 1;
  if (from >= log.stream.length) return undefined;
  const label = log.lineAt(Math.max(0, at - 1));
  const line = log.lineAt(from);
  if (line === label) return from;
  // Copying out of a terminal may have trimmed the blank at the end of a full line.
  const length = log.lengthOf(label);
  const full = log.isFull(label) || log.widths.has(length + 1) || length + 1 === log.longest;
  return line === label + 1 && full && !log.startsRecord(line) ? from : undefined;
}

/** The digits with which the next line goes on with a number that ends at the end of a full line. */
function continuation(log: LogText, line: number, soFar: string): string | undefined {
  if (!log.isFull(line) || line + 1 >= log.lineCount || log.startsRecord(line + 1)) return undefined;
  const next = log.textOf(line + 1).trimEnd();
  const digits = NUMBER_RUN.exec(next)?.[0];
  return digits !== undefined && digits === next && NUMBER_SO_FAR.test(soFar + digits) ? digits : undefined;
}

function finished(text: string): NumberRead {
  return NUMBER.test(text) ? { state: 'whole', value: Number(text) } : { state: 'cut' };
}

function infinity(text: string): number {
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function named(text: string): WeightsRead {
  const cells = text
    .slice(0, LIST_CHARACTERS)
    .split(',')
    .map((cell) => cell.trim());
  if (cells.length !== LIST_LENGTH) {
    return {
      state: 'damaged',
      reason: `the list has ${counted(cells.length, 'number')} instead of ${LIST_LENGTH}`,
    };
  }
  const bad = cells.find((cell) => !NUMBER.test(cell));
  if (bad !== undefined) return { state: 'damaged', reason: `"${bad.slice(0, 40)}" is not a number` };
  return { state: 'whole', weights: weightsFromList(cells.map(Number), 'search') };
}
