/** Tables of the runs of bench/optimizers.mjs. */
import { keptNotes } from './kept-peers.mjs';
import { median } from './statistics.mjs';

/** Evaluations at which the gain is written down. */
export const COUNTS = [5, 10, 15, 20, 30, 40, 60, 100, 150, 270];
/** Evaluations at which the own time is written down. */
export const TIMES = [30, 60, 100, 150, 270];

/**
 * The mean over problems and its standard error. The error is that of the means of the problems, because runs on one problem
 * are alike; with a single problem, that of its runs. Undefined where there is only one run.
 */
export function meanAndError(items) {
  const byProblem = groupBy(items, ({ problem }) => problem);
  const means = [...byProblem.values()].map((group) => mean(group.map(({ value }) => value)));
  const numbers = means.length > 1 ? means : items.map(({ value }) => value);
  const center = mean(means);
  if (numbers.length < 2) return { mean: center, error: undefined };
  const variance = numbers.reduce((sum, value) => sum + (value - center) ** 2, 0) / (numbers.length - 1);
  return { mean: center, error: Math.sqrt(variance / numbers.length) };
}

/** What each run has more than the run of `other` on the same problem with the same seed. */
export function differences(runs, others, value) {
  const known = new Map(others.map((run) => [`${run.problem}|${run.seed}`, value(run)]));
  return runs.flatMap((run) => {
    const own = value(run);
    const other = known.get(`${run.problem}|${run.seed}`);
    if (own === undefined || other === undefined) return [];
    return [{ problem: run.problem, value: own - other }];
  });
}

export function printTables(runs) {
  for (const [group, members] of groupBy(runs, (run) => run.group)) {
    const counts = COUNTS.filter((n) => members.some((run) => run.at.includes(n)));
    const optimizers = groupBy(members, (run) => run.optimizer);
    const problems = new Set(members.map((run) => run.problem)).size;
    const all = new Set(members.map((run) => `${run.problem}|${run.seed}`)).size;
    for (const [title, field] of [
      ['true gain at the recommended point', 'recommended'],
      ['true gain at the best observed point', 'gain'],
    ]) {
      table(`${group} (${problems}): ${title}, mean ± standard error`, optimizers, all, counts, (own, n) =>
        own.flatMap((run) => {
          const value = valueAt(run, field, n);
          return value === undefined ? [] : [{ problem: run.problem, value }];
        }),
      );
    }
    if (optimizers.size > 1) {
      const [[first, others], ...rest] = optimizers;
      const title = `${group}: true gain at the recommended point less that of ${first} with the same problem and seed`;
      table(title, new Map(rest), all, counts, (own, n) =>
        differences(own, others, (run) => valueAt(run, 'recommended', n)),
      );
    }
  }
  printTimes(runs);
  printVersions(runs);
}

function table(title, optimizers, all, counts, itemsOf) {
  console.log(
    `\n${title}\n| optimizer | runs | ${counts.join(' | ')} |\n|${'---|'.repeat(counts.length + 2)}`,
  );
  for (const [name, own] of optimizers) {
    const cells = counts.map((n) => {
      const items = itemsOf(own, n);
      // A mean of some of the runs would be one of other problems.
      return items.length === own.length ? cell(meanAndError(items)) : '';
    });
    const share = own.length === all ? `${all}` : `${own.length} of ${all}`;
    console.log(`| ${name} | ${share} | ${cells.join(' | ')} |`);
  }
}

function printTimes(runs) {
  const times = TIMES.filter((n) => runs.some((run) => run.ms[n] !== undefined));
  if (times.length === 0) return;
  console.log(
    `\nOwn time an ask, median in ms\n| optimizer | ${times.join(' | ')} |\n|${'---|'.repeat(times.length + 1)}`,
  );
  for (const [name, own] of groupBy(runs, (run) => run.optimizer)) {
    if (own.every((run) => run.kept)) continue;
    const cells = times.map((n) => {
      const known = own.flatMap((run) => run.ms[n] ?? []);
      return known.length > 0 ? median(known).toPrecision(3) : '';
    });
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}

function printVersions(runs) {
  const here = runs.filter((run) => !run.kept);
  const versions = new Map(here.flatMap((run) => Object.entries(run.versions ?? {})));
  const known = [...versions].map(([name, version]) => `${name} ${version}`);
  if (known.length > 0) console.log(`\nPeers: ${known.join(', ')}`);
  const notes = keptNotes(runs);
  if (notes.length > 0) console.log(`\n${notes.join('\n')}\n--fresh runs them again.`);
}

function valueAt(run, field, n) {
  return run[field][run.at.indexOf(n)];
}

function cell({ mean, error }) {
  return error === undefined ? mean.toFixed(3) : `${mean.toFixed(3)} ± ${error.toFixed(3)}`;
}

function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) {
    const known = groups.get(key(item));
    if (known === undefined) groups.set(key(item), [item]);
    else known.push(item);
  }
  return groups;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
