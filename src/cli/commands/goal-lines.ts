/** The front of a run with several goals, as a table. */
import { someOf } from '../../goals/pick.ts';
import { trialName, type GoalStanding } from '../../goals/standing.ts';
import { counted } from '../../shared/counted.ts';
import { scoreText } from '../../shared/score-text.ts';

/** More rows are too many to choose from. */
const MOST_ROWS = 7;

/** A heading and a row for each of the front, at most seven, in falling order of the first goal. */
export function frontLines({ names, front, knee }: GoalStanding, most = MOST_ROWS): string[] {
  if (front === undefined) return ['No iteration has a value for every goal yet.'];
  const { trials } = front;
  const shown = someOf(trials, most);
  const cells = [
    ['iteration', ...names],
    ...shown.map((one) => [trialName(one), ...one.values.map(scoreText)]),
  ];
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? '').length)),
  );
  const rows = cells.map((row, i) => {
    const text = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    return `  ${text}${shown[i - 1]?.trial === knee && i > 0 ? '  knee: the most balanced one' : ''}`.trimEnd();
  });
  const left = trials.length - shown.length;
  return [
    `Front of ${counted(trials.length, 'iteration')}: nothing measured is better in one goal without being worse in another`,
    ...rows,
    ...(left > 0 ? [`  and ${left} more in between (--json lists all)`] : []),
  ];
}
