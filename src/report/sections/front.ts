/** What a search with several goals leaves to choose from; its drawing stands with those of the search. */
import { someOf } from '../../goals/pick.ts';
import { standingOf, trialName } from '../../goals/standing.ts';
import { counted } from '../../shared/counted.ts';
import { markup, NOTHING } from '../html.ts';
import type { ReportRun } from '../report.ts';
import { table, type Ids, type Section } from '../section.ts';
import { scored, shellWord } from '../words.ts';

/** Rows of the table: of a longer front its ends, its knee and some between. */
const MOST_ROWS = 20;

/** @returns undefined where the search has one score only, or measured nothing */
export function frontSection({ plan, trials, journal }: ReportRun, ids: Ids): Section | undefined {
  const { names = [], front, knee } = standingOf(plan, trials) ?? {};
  if (front === undefined) return undefined;
  const shown = someOf(front.trials, MOST_ROWS);
  const left = front.trials.length - shown.length;
  const rows = shown.map((one) => [
    `${trialName(one)}${one.trial === knee ? ' (knee)' : ''}`,
    ...one.values.map(scored),
  ]);
  const body = markup`<p>
      The search optimized ${counted(names.length, 'goal')} separately. Nothing it measured is better than one of these in one goal without
      being worse in another${knee === undefined ? '' : '; the knee is the most balanced of them'}. The best in this report goes by the combined
      score of all scorers.
    </p>
    ${table('Front', [{ title: 'iteration' }, ...names.map((title) => ({ title, isNumber: true }))], rows)}
    ${left === 0 ? NOTHING : markup`<p class="quiet">And ${left} more in between.</p>`}
    <p class="quiet">To choose one: <code>autombw pick ${shellWord(journal)} --iteration ${knee ?? 'N'}</code></p>`;
  return { id: ids('front'), title: 'The choices', body };
}
