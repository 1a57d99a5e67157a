/** How the search went: its drawings, and the scores by payload. */
import { counted } from '../../shared/counted.ts';
import { isBaseline, mergesOf } from '../../types.ts';
import { asMarkup, markup, NOTHING, type Html } from '../html.ts';
import type { Drawing, ReportRun } from '../report.ts';
import { facts, type Ids, type Section } from '../section.ts';
import { dateText, scored, shellWord } from '../words.ts';
import { imageCount, iterationsOf } from '../trials.ts';
import { payloadScores } from './payloads.ts';
import { duration } from '../../shared/duration.ts';

export function progressSection(run: ReportRun, drawings: readonly Drawing[], ids: Ids): Section {
  const body = markup`${facts([
    ['Iterations', iterationsText(run)],
    ['Images', imagesText(run)],
    ['Began', dateText(run.began)],
    ['Took', tookText(run)],
    ['Highest score', highest(run)],
    ['End', run.end.sentence],
  ])}
  ${drawings.length > 0 ? drawings.map(figure) : leftOut(run)} ${payloadScores(run)}`;
  return { id: ids('progress'), title: 'How the search went', body };
}

/** A page of many long runs has no room for them. */
function leftOut({ trials, journal }: ReportRun): Html {
  if (!trials.some(({ state }) => state === 'scored')) return NOTHING;
  return markup`<p class="quiet">Its charts: <code>autombw plot ${shellWord(journal)}</code></p>`;
}

export function figure({ title, narrow, wide }: Drawing): Html {
  const drawing =
    narrow === wide
      ? asMarkup(wide)
      : markup`<div class="narrow-only">${asMarkup(narrow)}</div>
          <div class="wide-only">${asMarkup(wide)}</div>`;
  return markup`<figure class="plot">
    <figcaption class="sr">${title}</figcaption>
    ${drawing}
  </figure>`;
}

function iterationsText({ trials }: ReportRun): string {
  const own = iterationsOf(trials);
  const failed = own.filter(({ state }) => state === 'failed').length;
  return `${own.length}${failed === 0 ? '' : `, ${failed} of them failed`}`;
}

/** Those of the baselines are among the search's. */
function imagesText({ plan, trials, proof }: ReportRun): string {
  if (plan === undefined) return 'unknown';
  const fresh = (proof?.results ?? []).reduce((sum, { images }) => sum + images.length, 0);
  const own = `${imageCount(trials)} of the search`;
  return fresh === 0 ? own : `${own}, ${fresh} of the proof`;
}

/** From the first line of the journal to its last, pauses included. */
function tookText({ began, ended }: ReportRun): string {
  if (began === undefined || ended === undefined) return 'unknown';
  return duration((Date.parse(ended) - Date.parse(began)) / 1000);
}

function highest({ trials, comparable }: ReportRun): string {
  const [best] = mergesOf(trials)
    .filter((trial) => trial.state === 'scored' && !isBaseline(trial))
    .toSorted((one, other) => (comparable.get(other.id) ?? 0) - (comparable.get(one.id) ?? 0));
  return best === undefined
    ? 'none'
    : `${scored(comparable.get(best.id))} (iteration ${best.id}, ${counted(best.images.length, 'image')})`;
}
