/** Every iteration in one table that can be sorted. */
import { counted } from '../../shared/counted.ts';
import { candidateText } from '../candidates.ts';
import { isDoubted } from '../../stop/stop-rule.ts';
import { isBaseline, isLearned, type BlockName, type BlockWeights, type FinishedTrial } from '../../types.ts';
import { markup, NOTHING, type Html } from '../html.ts';
import type { ReportRun } from '../report.ts';
import { folded, type Ids, type Section } from '../section.ts';
import { scored } from '../words.ts';

export interface IterationsSettings {
  readonly blocks: readonly BlockName[];
  /** Of several thousand rows a phone is slow, and the CSV has them all. */
  readonly mostRows: number;
}

export function iterationsSection(
  run: ReportRun,
  { blocks, mostRows }: IterationsSettings,
  ids: Ids,
): Section {
  const { trials } = run;
  const shown = mostInteresting(run, mostRows);
  const left = trials.length - shown.length;
  const note =
    left === 0
      ? NOTHING
      : markup`<p class="note">
          ${counted(left, 'iteration')} with low scores ${left === 1 ? 'is' : 'are'} left out; the CSV beside
          the journal has all of them.
        </p>`;
  const body = markup`${note} ${shown.length > 0 && folded(left === 0 ? `All ${counted(shown.length, 'row')}` : counted(shown.length, 'row'), tableOf(run, shown, blocks, ids))}`;
  return { id: ids('iterations'), title: 'Iterations', body };
}

/** In the order of asking. */
function mostInteresting({ trials, comparable }: ReportRun, most: number): readonly FinishedTrial[] {
  const inOrder = trials.toSorted((one, other) => one.id - other.id);
  if (inOrder.length <= most) return inOrder;
  const rank = ({ id }: FinishedTrial): number => comparable.get(id) ?? -Infinity;
  const kept = new Set(inOrder.toSorted((one, other) => rank(other) - rank(one)).slice(0, most));
  return inOrder.filter((trial) => kept.has(trial));
}

function tableOf(
  run: ReportRun,
  trials: readonly FinishedTrial[],
  blocks: readonly BlockName[],
  ids: Ids,
): Html {
  const isUneven = trials.some(
    (trial) => trial.state === 'scored' && (run.comparable.get(trial.id) ?? trial.score) !== trial.score,
  );
  const columns = [
    { title: 'iteration', isNumber: true },
    { title: 'score', isNumber: true },
    ...(isUneven ? [{ title: 'comparable', isNumber: true }] : []),
    { title: 'images', isNumber: true },
    { title: 'seconds', isNumber: true },
    { title: 'remark', isNumber: false },
  ];
  const from = weightRange(trials);
  return markup`<p class="quiet">
      Weights: one bar per block, ${blocks[0] ?? ''} to ${blocks.at(-1) ?? ''}, from ${from.low} to
      ${from.high}.
    </p>
    <div class="wide tall" role="region" aria-label="Iterations" tabindex="0">
      <table class="sortable" id="${ids('trials')}">
        <caption class="sr">
          Iterations; the buttons in the header sort them
        </caption>
        <thead>
          <tr>
            ${columns.map(
              ({ title, isNumber }) =>
                markup`<th scope="col"${isNumber && markup` class="n"`}><span>${title}</span></th>`,
            )}
            <td class="bars-head">weights</td>
          </tr>
        </thead>
        <tbody>
          ${trials.map((trial) => rowOf(run, trial, { blocks, isUneven, from }))}
        </tbody>
      </table>
    </div>`;
}

interface RowSettings {
  readonly blocks: readonly BlockName[];
  readonly isUneven: boolean;
  readonly from: WeightRange;
}

function rowOf(run: ReportRun, trial: FinishedTrial, { blocks, isUneven, from }: RowSettings): Html {
  const { id, weights, images } = trial;
  const score = trial.state === 'scored' ? trial.score : undefined;
  const seconds = isLearned(trial) ? '' : trial.time.iteration.toFixed(1);
  const isBest = id === run.recommended?.trial;
  return markup`<tr${isBest && markup` class="best"`}><th scope="row" class="n">${id}</th><td class="n">${scored(score)}</td>${isUneven && markup`<td class="n">${scored(run.comparable.get(id))}</td>`}<td class="n">${images.length}</td><td class="n">${seconds}</td><td>${remarkOf(run, trial, isBest)}</td><td class="bars" aria-hidden="true">${barsOf(weights, blocks, from)}</td></tr>
`;
}

function remarkOf(run: ReportRun, trial: FinishedTrial, isBest: boolean): string {
  if (isDoubted(trial)) return 'measured again: the merge was unreliable';
  if (trial.state === 'failed') return `failed: ${shortened(trial.failure.message)}`;
  const parts = isBest ? ['recommended'] : [];
  if (isBaseline(trial) && 'baseline' in trial && trial.baseline !== undefined)
    parts.push(`baseline ${candidateText(trial.baseline, run)}`);
  if (trial.source.kind === 'repeat') parts.push(`the same weights as iteration ${trial.source.of}`);
  if (trial.source.kind === 'earlier-pass') parts.push('measured in an earlier pass');
  if (trial.source.kind === 'learned') parts.push('learned from another run');
  const missing = isLearned(trial) ? 0 : (trial.missing?.length ?? 0);
  if (missing > 0) parts.push(`${counted(missing, 'image')} missing`);
  return parts.join(', ');
}

/** Whole messages stand among the failures. */
function shortened(message: string): string {
  return message.length > 120 ? `${message.slice(0, 120)}…` : message;
}

interface WeightRange {
  readonly low: number;
  readonly high: number;
}

function weightRange(trials: readonly FinishedTrial[]): WeightRange {
  let [low, high] = [0, 1];
  for (const { weights } of trials) {
    for (const weight of Object.values(weights))
      [low, high] = [Math.min(low, weight), Math.max(high, weight)];
  }
  return { low, high };
}

const BARS = '▁▂▃▄▅▆▇█';

/** One character a block. */
function barsOf(weights: BlockWeights, blocks: readonly BlockName[], { low, high }: WeightRange): string {
  return blocks
    .map((block) => {
      const weight = weights[block];
      if (weight === undefined) return ' ';
      return BARS[Math.round(((weight - low) / (high - low)) * (BARS.length - 1))] ?? ' ';
    })
    .join('');
}
