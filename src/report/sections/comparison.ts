/** Several runs beside each other: which is the best, and whether that can be said at all. */
import { counted } from '../../shared/counted.ts';
import { cautionsOf } from '../../judging/cautions.ts';
import { runColour } from '../../plot/index.ts';
import { markup, NOTHING, type Html } from '../html.ts';
import type { Drawing, ReportRun } from '../report.ts';
import { table, type Ids, type Section } from '../section.ts';
import { scored } from '../words.ts';
import { imageCount, iterationsOf } from '../trials.ts';
import { figure } from './progress.ts';

export function comparisonSection(
  runs: readonly ReportRun[],
  together: readonly Drawing[],
  ids: Ids,
): Section {
  const cautions = cautionsOfAll(runs);
  const body = markup`${winner(runs, cautions)}
  ${
    cautions.length === 0
      ? NOTHING
      : markup`<ul class="claims">
          ${cautions.map((one) => markup`<li>${one}</li>`)}
        </ul>`
  }
  ${table(
    'The runs',
    [
      { title: 'run' },
      { title: 'models' },
      { title: 'best score', isNumber: true },
      { title: 'mean on fresh images', isNumber: true },
      { title: 'proof' },
      { title: 'iterations', isNumber: true },
      { title: 'images', isNumber: true },
      { title: 'scorer' },
    ],
    runs.map((run, i) => [
      markup`<i class="swatch" style="background:${runColour(i, runs.length)}" aria-hidden="true"></i><a href="#r${i + 1}-run">${i + 1}. ${run.name}</a>`,
      `${run.models.a.name} + ${run.models.b.name}`,
      scored(run.recommended?.score),
      scored(freshMean(run)),
      proofText(run),
      iterationsOf(run.trials).length,
      imageCount(run.trials),
      run.plan?.scorers.map(({ id }) => id).join(' + ') ?? 'unknown',
    ]),
  )}
  ${together.map(figure)}`;
  return { id: ids('comparison'), title: 'Which run is the best?', body };
}

/** Each run beside the first; a sentence that holds for several stands once. */
function cautionsOfAll(runs: readonly ReportRun[]): string[] {
  const [first, ...others] = runs;
  if (first === undefined) return [];
  const sentences = others.flatMap((other) =>
    cautionsOf({ file: first.journal, plan: first.plan }, { file: other.journal, plan: other.plan }),
  );
  return [...new Set(sentences)];
}

/** Fresh images speak first, where all runs were proved on the same ones. */
function winner(runs: readonly ReportRun[], cautions: readonly string[]): Html {
  if (cautions.length > 0) {
    return markup`<p class="verdict open">
      Unknown: the scores of these runs are not comparable.
    </p>`;
  }
  const isFresh = haveSameFreshImages(runs);
  const scoreOf = (run: ReportRun): number | undefined => (isFresh ? freshMean(run) : run.recommended?.score);
  const ranked = runs
    .map((run, i) => ({ number: i + 1, name: run.name, score: scoreOf(run) }))
    .toSorted((one, other) => (other.score ?? -Infinity) - (one.score ?? -Infinity));
  const [best, second] = ranked;
  if (best?.score === undefined)
    return markup`<p class="verdict open">None of the ${counted(runs.length, 'run')} scored anything.</p>`;
  if (second?.score === best.score) {
    const equal = ranked.filter(({ score }) => score === best.score);
    return markup`<p class="verdict open">
      ${equal.map(({ number }) => `Run ${number}`).join(', ')}: the same score, ${scored(best.score)}.
    </p>`;
  }
  const remark = isFresh
    ? 'All runs were tested on the same fresh images; whether the difference between them is more than chance has not been tested.'
    : 'That is the score from its own search, which flatters the best of many: rely on the proof of each run instead.';
  return markup`<p class="verdict open">Run ${best.number}, ${best.name}, has the highest score: ${scored(best.score)}.</p>
    <p>${remark}</p>`;
}

function freshMean({ proof }: ReportRun): number | undefined {
  const found = proof?.verdict?.means.find(({ name }) => name === proof.verdict?.winner);
  return found === undefined || found.images === 0 ? undefined : found.mean;
}

function haveSameFreshImages(runs: readonly ReportRun[]): boolean {
  const seeds = runs.map(({ proof }) =>
    proof?.verdict
      ? proof.plan.requests.map(({ id, seeds: own }) => `${id}:${own.join()}`).join()
      : undefined,
  );
  return seeds.every((one) => one !== undefined && one === seeds[0]);
}

function proofText({ proof }: ReportRun): string {
  if (proof === undefined) return 'none';
  if (proof.verdict === null) return 'not finished';
  return proof.verdict.isProved ? 'better than every baseline' : 'not shown';
}
