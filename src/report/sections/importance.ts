/** Which blocks matter: bars with their uncertainty, pairs that act together. What follows from it stands in the verdict. */
import { counted } from '../../shared/counted.ts';
import {
  NEXT_ITERATIONS,
  type DimensionImportance,
  type Importance,
  type Interaction,
} from '../../importance/importance.ts';
import { NO_INTERACTIONS } from '../../importance/words.ts';
import { markup, NOTHING, type Html } from '../html.ts';
import { shareBar } from '../interval-bar.ts';
import type { ReportRun } from '../report.ts';
import { folded, table, type Ids, type Section } from '../section.ts';
import { percent, weightText } from '../words.ts';

/** Rows that are not folded away. */
const FIRST = 12;

export function importanceSection(run: ReportRun, ids: Ids): Section {
  return { id: ids('importance'), title: 'Which blocks matter?', body: bodyOf(run) };
}

function bodyOf(run: ReportRun): Html {
  const { importance } = run;
  if (importance === undefined) return markup`<p>Nothing is known about the blocks of this run.</p>`;
  if (!importance.enough) return markup`<p>${importance.reason}</p>`;
  const { dimensions, interactions, trials, explained } = importance;
  const longest = Math.max(0, ...dimensions.map(({ total }) => total.high));
  const more = dimensions.slice(FIRST);
  return markup`<p>
      How much of the variance of the score comes from each weight, over all merges that the search could try.
      From ${counted(trials, 'scored merge')}. For merges that it has not seen, the model predicts
      ${percent(Math.max(0, explained))} of the differences in score.
    </p>
    ${bars(run, dimensions.slice(0, FIRST), longest)}
    ${more.length === 0 ? NOTHING : folded(`${counted(more.length, 'further weight')}, none above ${percent(more[0]?.total.value ?? 0)}`, bars(run, more, longest))}
    <p class="quiet">
      Bar: share of the variance with all its interactions; its dark part: on its own; line: 95 % interval.
    </p>
    ${pairs(interactions)} ${gain(importance)}`;
}

function bars({ recommended }: ReportRun, dimensions: readonly DimensionImportance[], longest: number): Html {
  return table(
    'Importance of the weights',
    [
      { title: 'block' },
      { title: 'share', isNumber: true },
      { title: '' },
      { title: '95 %', isNumber: true },
      { title: 'alone', isNumber: true },
      { title: 'weight of the best', isNumber: true },
    ],
    dimensions.map(({ name, blocks, total, first }) => [
      breakable(name),
      percent(total.value),
      shareBar({ ...total, inner: Math.min(first.value, total.value) }, longest),
      `${percent(total.low)} to ${percent(total.high)}`,
      percent(first.value),
      weightText(recommended?.weights[blocks[0] ?? name]),
    ]),
  );
}

/** Groups have long names. */
function breakable(name: string): Html {
  return markup`${name.split('+').map((part, i) => markup`${i > 0 && markup`<wbr />+`}${part}`)}`;
}

function pairs(interactions: readonly Interaction[]): Html {
  if (interactions.length === 0) return markup`<p>${NO_INTERACTIONS}</p>`;
  return table(
    'Interactions: effects of pairs beyond each alone',
    [{ title: 'blocks' }, { title: 'share', isNumber: true }, { title: '95 %', isNumber: true }],
    interactions
      .slice(0, 8)
      .map(({ names, effect }) => [
        names.join(' and '),
        percent(effect.value),
        `${percent(effect.low)} to ${percent(effect.high)}`,
      ]),
  );
}

function gain({ expectedGain: { value, low, high } }: Extract<Importance, { enough: true }>): Html {
  if (![value, low, high].every(Number.isFinite)) return NOTHING;
  const number = (one: number): string => weightText(Number(one.toPrecision(2)));
  return markup`<p>
    Expected gain of ${NEXT_ITERATIONS} further iterations: ${number(value)} (95 %: ${number(low)} to ${number(high)}).
  </p>`;
}
