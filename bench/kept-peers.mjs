/**
 * The runs of peers that the repository keeps, because BoTorch alone takes hours: a JSON line a run. What a peer recommends is
 * the best that it observed, so one gain a count says all. Their own times are left out: they are of other machines.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ALL_PEERS } from './peer-optimizers.mjs';

const FILE = path.join(import.meta.dirname, 'data/peers.jsonl');

/**
 * Only of these problems as they are now: the score of its middle tells whether a problem has changed since.
 *
 * @param evaluations counts above are left out; a kept run can end earlier
 */
export function keptRuns(problems, evaluations, file = FILE) {
  const known = new Map(problems.map((problem) => [problem.name, problem]));
  return linesOf(file).flatMap(({ middle, gain, at, ...run }) => {
    const problem = known.get(run.problem);
    if (problem === undefined || Math.abs(scoreOfMiddle(problem) - middle) > 1e-6) return [];
    const counts = at.filter((n) => n <= evaluations);
    const gains = gain.slice(0, counts.length);
    const ended = Math.min(run.evaluations, evaluations);
    const rows = { at: counts, gain: gains, recommended: gains };
    return [{ ...run, group: problem.group, evaluations: ended, ...rows, ms: {}, kept: true }];
  });
}

/** Adds the runs of peers to the file, in place of those with the same peer, problem, seed and number of pictures. */
export function keepRuns(runs, problems, file = FILE) {
  const known = new Map(problems.map((problem) => [problem.name, problem]));
  const lines = new Map(linesOf(file).map((line) => [keyOf(line), line]));
  for (const run of runs) {
    if (run.kept || !ALL_PEERS.includes(run.optimizer)) continue;
    const { optimizer, problem, seed, images, evaluations, at, versions, date } = run;
    const gain = run.gain.map((value) => Number(value.toFixed(4)));
    const middle = Number(scoreOfMiddle(known.get(problem)).toFixed(8));
    const line = { optimizer, problem, seed, images, evaluations, at, gain, middle, versions, date };
    lines.set(keyOf(line), line);
  }
  const sorted = [...lines].sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(file, sorted.map(([, line]) => `${JSON.stringify(line)}\n`).join(''));
}

/** What stands below the tables: which rows were kept, of when and of which versions. */
export function keptNotes(runs) {
  const notes = new Map();
  for (const { optimizer, versions, date } of runs.filter(({ kept }) => kept)) {
    const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    const note = `of ${optimizer}, ${date}: ${named.join(', ')}`;
    notes.set(note, (notes.get(note) ?? 0) + 1);
  }
  return [...notes].map(([note, count]) => `kept: ${count} runs ${note}`);
}

function linesOf(file) {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function keyOf({ optimizer, problem, images, seed }) {
  return [optimizer, problem, images, seed].join('|');
}

function scoreOfMiddle({ dimensions, score }) {
  return score(
    dimensions.map(({ low, high }) => (low + high) / 2),
    1,
  );
}
