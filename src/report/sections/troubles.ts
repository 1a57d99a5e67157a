/** Warnings and failures. */
import { afterColon } from '../../shared/after-colon.ts';
import { counted } from '../../shared/counted.ts';
import { isDoubted } from '../../stop/stop-rule.ts';
import { isLearned } from '../../types.ts';
import { markup, NOTHING } from '../html.ts';
import type { ReportRun } from '../report.ts';
import { table, type Ids, type Section } from '../section.ts';

/** Undefined where nothing went wrong. */
export function troublesSection(run: ReportRun, ids: Ids): Section | undefined {
  const failures = failuresOf(run);
  if (run.warnings.length === 0 && failures.length === 0) return undefined;
  const body = markup`${
    run.warnings.length > 0 &&
    markup`<ul>
      ${run.warnings.map((one) => markup`<li>${one}</li>`)}
    </ul>`
  }
  ${
    failures.length === 0
      ? NOTHING
      : table(
          'Failures',
          [{ title: 'what' }, { title: 'times', isNumber: true }, { title: 'iterations' }],
          failures.map(({ message, times, iterations }) => [
            message.slice(0, LONGEST_MESSAGE),
            times,
            spans(iterations),
          ]),
        )
  }`;
  return { id: ids('troubles'), title: 'Warnings and failures', body };
}

interface Failure {
  readonly message: string;
  readonly times: number;
  readonly iterations: readonly number[];
}

/** Kinds of them; a server may number its messages. */
const MOST_FAILURES = 50;
/** Characters: servers answer with whole pages. */
const LONGEST_MESSAGE = 2000;

/** Equal ones together, the most frequent first. */
function failuresOf({ trials, proof }: ReportRun): Failure[] {
  const found = new Map<string, { times: number; iterations: Set<number> }>();
  const note = (message: string, iteration?: number): void => {
    const one = found.get(message) ?? { times: 0, iterations: new Set() };
    one.times += 1;
    if (iteration !== undefined) one.iterations.add(iteration);
    found.set(message, one);
  };
  for (const trial of trials) {
    if (isDoubted(trial)) note('Measured again, because the merge had become unreliable', trial.id);
    else if (trial.state === 'failed') note(trial.failure.message, trial.id);
    else if (!isLearned(trial))
      for (const { message } of trial.missing ?? []) note(`Image missing: ${afterColon(message)}`, trial.id);
  }
  for (const { missing } of proof?.results ?? [])
    for (const { message } of missing) note(`Image of the proof missing: ${afterColon(message)}`);
  return [...found]
    .map(([message, { times, iterations }]) => ({ message, times, iterations: [...iterations] }))
    .toSorted((one, other) => other.times - one.times)
    .slice(0, MOST_FAILURES);
}

/** `1–4, 7`; long lists are cut. */
function spans(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = parts.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  const texts = parts.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`));
  return texts.length > 30
    ? `${texts.slice(0, 30).join(', ')} … (${counted(numbers.length, 'iteration')})`
    : texts.join(', ');
}
