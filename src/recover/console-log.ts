/** The Python tool's console log as events, in the file's order. */
import { parseRecipe, type RecipeOrder } from '../formats/recipe.ts';
import { readTrialLine } from './json-log.ts';
import type { LogText } from './log-text.ts';
import { readNumber, readRest, readWeights, startsSomething } from './numbers.ts';
import type { LogEvent } from './types.ts';

/** Blanks are optional: a terminal's copy may have trimmed them at a break. */
const MARKER = new RegExp(
  [
    '(?<weights>testweights:)',
    '(?<score>test ?score:)',
    "(?<results>Results: ?')",
    '(?<best>Best ?score:)',
    "'(?<parameter>\\d{1,2})' *:",
    '(?<parametersEnd>Best ?iteration:)',
    '(?<seed>Random ?seed:)',
    '(?<timing>Evaluation|Optimization|Iteration) ?time *:',
    'hyper_score ?\\((?<optimizer>[^)]{1,60})\\)',
    '(?<start>AUTOMERGE ?START)',
    'model(?<model>[ABO]): ?',
    'Saving ?checkpoint ?to ?(?<saving>\\$?)',
    '(?<recipe>modelA=)',
    '(?<json>\\{")',
  ].join('|'),
  'g',
);
const LOGGER = /AutoMBWrt ?- ?[A-Z]+ ?- ?-*$/;
const BAR_COUNT = /: *\d+%\|[^|]{0,400}\| *(\d+)\/\d+ \[/y;
const SECONDS = /\s*([\d.e+-]{1,40}) *sec/y;

/** Learns from the lists of weights how wide the terminal was that wrapped the log. Call once, before reading. */
export function learnWidths(log: LogText): void {
  const found: number[] = [];
  for (
    let at = log.stream.indexOf('testweights:');
    at !== -1;
    at = log.stream.indexOf('testweights:', at + 1)
  ) {
    found.push(at);
    log.longest = Math.max(log.longest, log.lengthOf(log.lineAt(at)));
  }
  if (found.length === 0) {
    for (let line = 0; line < log.lineCount; line += 1)
      log.longest = Math.max(log.longest, log.lengthOf(line));
  }
  for (const at of found) {
    const { width } = readWeights(log, at + 'testweights:'.length);
    if (width !== undefined) log.widths.add(width);
  }
}

/** Every event of the log. Never throws; what cannot be read becomes an event too. */
export function* readEvents(log: LogText, order: RecipeOrder): Generator<LogEvent> {
  MARKER.lastIndex = 0;
  // A generator may be left and another one started: each keeps its own place.
  for (let place = 0; ;) {
    MARKER.lastIndex = place;
    const match = MARKER.exec(log.stream);
    if (match === null) return;
    const at = match.index;
    const end = at + match[0].length;
    const physical = log.lineAt(at);
    place = match.groups?.['json'] === undefined ? end : endOfJson(log, at, physical, end);
    yield* eventsAt(log, match, { at, end, physical, line: log.numberOf(physical), order });
  }
}

interface Found {
  /** Offset of the marker and just behind it. */
  readonly at: number;
  readonly end: number;
  readonly physical: number;
  readonly line: number;
  readonly order: RecipeOrder;
}

function* eventsAt(log: LogText, match: RegExpExecArray, found: Found): Generator<LogEvent> {
  const { at, end, physical, line } = found;
  const groups = match.groups ?? {};
  if (groups['weights'] !== undefined) yield weightsEvent(log, found);
  else if (groups['score'] !== undefined) yield scoreEvent(log, found);
  else if (groups['results'] !== undefined) yield { kind: 'results', line };
  else if (groups['best'] !== undefined) {
    const read = readNumber(log, end);
    if (read.state === 'whole') yield { kind: 'best-score', score: read.value, line };
    else yield { kind: 'note', text: 'the best score is cut off', line };
  } else if (groups['parameter'] !== undefined) {
    const read = readNumber(log, end);
    if (read.state === 'whole')
      yield { kind: 'parameter', index: Number(groups['parameter']), value: read.value, line };
  } else if (groups['parametersEnd'] !== undefined) yield { kind: 'parameters-end', line };
  else if (groups['seed'] !== undefined) {
    const read = readNumber(log, end);
    if (read.state === 'whole') yield { kind: 'seed', seed: read.value, line };
  } else if (groups['timing'] !== undefined) yield* timingEvent(log, groups['timing'], found);
  else if (groups['optimizer'] !== undefined) {
    BAR_COUNT.lastIndex = end;
    const count = BAR_COUNT.exec(log.stream)?.[1];
    yield {
      kind: 'progress',
      optimizer: groups['optimizer'],
      done: count === undefined ? undefined : Number(count),
      line,
    };
  } else if (groups['start'] !== undefined && isLogged(log, at)) yield { kind: 'start', line };
  else if (groups['model'] !== undefined && isLogged(log, at)) {
    yield { kind: 'model', which: whichModel(groups['model']), value: readRest(log, end), line };
  } else if (groups['saving'] !== undefined && isLogged(log, at)) {
    yield { kind: 'saving', modelO: readRest(log, end), line };
  } else if (groups['recipe'] !== undefined && at === log.startOf(physical)) yield recipeEvent(log, found);
  else if (groups['json'] !== undefined && at === log.startOf(physical)) {
    const event = readTrialLine(log.textOf(physical), line);
    if (event !== undefined) yield event;
  }
}

/** Words inside a JSON line are data and no markers. */
function endOfJson(log: LogText, at: number, physical: number, end: number): number {
  return at === log.startOf(physical) ? Math.max(end, log.endOf(physical)) : end;
}

function isLogged(log: LogText, at: number): boolean {
  return LOGGER.test(log.stream.slice(Math.max(0, at - 48), at));
}

function weightsEvent(log: LogText, { at, end, line }: Found): LogEvent {
  const read = readWeights(log, end);
  return read.state === 'whole'
    ? { kind: 'weights', weights: read.weights, logged: isLogged(log, at), line }
    : { kind: 'weights-damaged', reason: read.reason, line };
}

function scoreEvent(log: LogText, { at, end, line }: Found): LogEvent {
  const read = readNumber(log, end);
  if (read.state === 'whole') return { kind: 'score', score: read.value, logged: isLogged(log, at), line };
  return {
    kind: 'score-damaged',
    reason: read.state === 'cut' ? 'it may be cut off' : 'no number follows',
    line,
  };
}

function* timingEvent(log: LogText, word: string, { end, line }: Found): Generator<LogEvent> {
  SECONDS.lastIndex = end;
  const seconds = Number(SECONDS.exec(log.stream)?.[1] ?? Number.NaN);
  if (!Number.isFinite(seconds)) return;
  const which = word === 'Evaluation' ? 'evaluation' : word === 'Optimization' ? 'optimization' : 'iteration';
  yield { kind: 'timing', which, seconds, line };
}

function whichModel(letter: string): 'A' | 'B' | 'O' {
  return letter === 'A' ? 'A' : letter === 'B' ? 'B' : 'O';
}

/** The recipe that begins on a line. A recipe has six lines; wrapped ones and blank ones need a few more. */
function recipeEvent(log: LogText, { physical, line, order }: Found): LogEvent {
  const lines: string[] = [];
  let here = physical;
  while (here < log.lineCount && lines.length < 16) {
    let text = log.textOf(here);
    if (here > physical && text.startsWith('modelA=')) break;
    const list = isList(text);
    while (log.isFull(here) && here + 1 < log.lineCount && !startsSomething(log, here + 1)) {
      const next = log.textOf(here + 1);
      // A list never goes on with words, and a key's value that is a full line by chance not with a list.
      if (isList(next) !== list) break;
      text += next.trimEnd();
      here += 1;
    }
    lines.push(text);
    if (list) break;
    here += 1;
  }
  const list = lines.at(-1) ?? '';
  const recipe = parseRecipe(lines.join('\n'), order);
  const atEnd = here >= log.lineCount - 1 && log.openEnd;
  if (recipe === undefined || (atEnd && !looksWhole(list))) {
    return { kind: 'note', text: 'a recipe starts here, but its list of 27 weights is incomplete', line };
  }
  return { kind: 'recipe', recipe, line };
}

function isList(text: string): boolean {
  return /^[\d.,eE+\- ]*\d[\d.,eE+\- ]*$/.test(text) && !/^\s*$/.test(text);
}

/**
 * A list at the very end of a file without a line break: its last number counts as whole when it has as many
 * decimals as the most exact of the others, since weights lie on a grid.
 */
function looksWhole(list: string): boolean {
  const decimals = list.split(',').map((cell) => cell.trim().split('.')[1]?.length ?? 0);
  const last = decimals.pop() ?? 0;
  return last >= Math.max(...decimals, 0);
}
