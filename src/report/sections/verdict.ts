/** Is it real? The proof on fresh images in one sentence and in numbers. */
import { counted } from '../../shared/counted.ts';
import type { CandidateName, Comparison, ProofPlan, Verdict } from '../../proof/proof.ts';
import { isProofOf } from '../../proof/choose-proof.ts';
import { isSameMerge } from '../../proof/verdict.ts';
import { nameOf, wordsOf } from '../../proof/words.ts';
import { isBaseline, type FinishedTrial } from '../../types.ts';
import { baselineWords, plannedBaselineWords } from '../../space/baseline-words.ts';
import { candidateText, isBaselineName } from '../candidates.ts';
import { markup, NOTHING, type Fragment, type Html } from '../html.ts';
import { intervalBar, spanOf, type Span } from '../interval-bar.ts';
import type { ReportRun } from '../report.ts';
import { table, type Ids, type Section } from '../section.ts';
import { scored, shellWord, signed } from '../words.ts';

export function verdictSection(run: ReportRun, ids: Ids): Section {
  const verdict = run.proof?.verdict ?? undefined;
  const body = markup`${headline(run)}
  ${verdict === undefined ? searchScores(run) : provedNumbers(run, verdict)} ${judgingNote(run)}`;
  return { id: ids('verdict'), title: 'Is it better?', body };
}

function headline(run: ReportRun): Html {
  const { proof, recommended } = run;
  const verdict = proof?.verdict ?? undefined;
  if (recommended === undefined) {
    return markup`<p class="verdict open">Nothing was scored, so there is no merge to judge.</p>`;
  }
  if (proof === undefined || verdict === undefined) return unproved(run);
  const [kind, sentence] = verdictText(proof.plan, verdict);
  const [done = '', ...claims] = wordsOf(proof.plan, verdict, { run: shellWord(run.journal) });
  return markup`<p class="verdict ${kind}">${sentence}</p>
    <ul class="claims">
      ${claims.map((one) => markup`<li>${one}</li>`)}
    </ul>
    <p class="quiet">${done.replace(/:$/, '.')}</p>
    ${otherMergeNote(run)}`;
}

function verdictText(
  { candidates }: ProofPlan,
  { winner, isProved, comparisons, images }: Verdict,
): readonly [kind: string, sentence: string] {
  const shortName = (one: CandidateName): string => shortNameIn(candidates, one);
  const compared = comparisons.filter(({ of, against }) => of === winner && isBaselineName(against));
  const name = winner === 'best' ? 'The best merge' : 'The runner-up';
  const fresh = counted(images, 'fresh image');
  if (compared.length === 0)
    return ['open', `${name} was drawn on ${fresh}, but there is nothing to compare it with.`];
  if (isProved) {
    const what = compared.map(({ against }) => shortName(against));
    const over = winner === 'best' ? '' : ' So use it in place of the best of the search.';
    return ['proved', `Yes: ${name.toLowerCase()} is better than ${joined(what)} on ${fresh}.${over}`];
  }
  const worse = compared.filter(({ result }) => result === 'worse');
  if (worse.length > 0) {
    return [
      'worse',
      `No: ${name.toLowerCase()} is worse than ${joined(worse.map(({ against }) => shortName(against)))} on ${fresh}.`,
    ];
  }
  const open = compared.filter(({ result }) => result !== 'better');
  if (open.length === 0) {
    const weights = candidates.find((one) => one.name === winner)?.weights ?? {};
    const others = candidates.filter(
      (one) => isBaselineName(one.name) && !compared.some(({ against }) => against === one.name),
    );
    const equal = others.find((one) => isSameMerge(one.weights, weights));
    if (equal !== undefined)
      return ['open', `Not shown: ${name.toLowerCase()} is ${nameOf(equal.name, { candidates })} itself.`];
    const better = joined(compared.map(({ against }) => shortName(against)));
    const untold = joined(others.map((one) => shortName(one.name)));
    return [
      'open',
      `Not shown: ${name.toLowerCase()} is better than ${better} on ${fresh}, but too few images were drawn to compare it with ${untold}.`,
    ];
  }
  return [
    'open',
    `Not shown: ${fresh} do not show that ${name.toLowerCase()} is better than ${joined(
      open.map(({ against }) => shortName(against)),
      'or',
    )}.`,
  ];
}

function unproved(run: ReportRun): Html {
  const done = run.proof === undefined ? '' : ' A proof was started but not finished.';
  const { B, half } = run.plan === undefined ? baselineWords(undefined) : plannedBaselineWords(run.plan);
  return markup`<p class="verdict open">
      Not proved: no fresh images show whether the best merge is better than A, ${B.replace(/^model /, '')} and ${half}.${done}
    </p>
    <p>The scores of a search flatter its best merge, because it was chosen on those very images.</p>`;
}

/** The search may have gone on since, or somebody asked for the proof of another iteration. */
function otherMergeNote({ proof, recommended }: ReportRun): Html {
  const proved = proof?.plan.candidates.find(({ name }) => name === 'best');
  if (proof === undefined || proved === undefined || recommended === undefined) return NOTHING;
  if (isProofOf(proof, recommended.weights)) return NOTHING;
  const was = proved.trial === null ? 'another merge' : `iteration ${proved.trial}`;
  const now = recommended.trial === undefined ? 'another one' : `iteration ${recommended.trial}`;
  return markup`<p class="note">
    This proof is about ${was}. The run recommends ${now}, which has no finished proof of its own.
  </p>`;
}

function provedNumbers(run: ReportRun, { means, winner, comparisons, level }: Verdict): Html {
  const shown = comparisons.filter(({ of }) => of === winner);
  const span = spanOf(shown.flatMap(({ low, high }) => [low, high]));
  const trialOf = (name: CandidateName): number | null | undefined =>
    run.proof?.plan.candidates.find((one) => one.name === name)?.trial;
  const rows = means.map(({ name, mean, images }): readonly Fragment[] => {
    const trial = isBaselineName(name) ? undefined : trialOf(name);
    const comparison = shown.find(({ against }) => against === name);
    return [
      candidateText(name, run, trial),
      scored(images === 0 ? undefined : mean),
      images,
      comparison === undefined ? '' : difference(comparison, span),
    ];
  });
  const who = winner === 'best' ? 'The best' : 'The runner-up';
  return table(
    `Mean scores on the fresh images. ${who} minus each of the others: difference and simultaneous ${Math.round(level * 100)} % interval.`,
    [
      { title: 'merge' },
      { title: 'mean', isNumber: true },
      { title: 'images', isNumber: true },
      { title: `difference from ${who.toLowerCase()}`, isNumber: true },
    ],
    rows,
  );
}

function difference(comparison: Comparison, span: Span): Html {
  const { mean, low, high } = comparison;
  return markup`<div class="difference"><span>${signed(mean)} <small>${signed(low)} to ${signed(high)}</small></span>${intervalBar({ low, high, middle: mean }, span)}</div>`;
}

/** Without a proof: what the search itself measured. */
function searchScores(run: ReportRun): Html {
  const { trials, recommended, comparable } = run;
  const baselines = trials.filter((trial) => isBaseline(trial) && trial.state === 'scored');
  const rows = baselines.map((trial): readonly Fragment[] => [
    candidateText(baselineOf(trial) ?? 'first', run),
    scored(comparable.get(trial.id)),
    trial.images.length,
  ]);
  if (recommended?.score !== undefined) {
    const trial = trials.find(({ id }) => id === recommended.trial);
    rows.push([
      candidateText('best', run, recommended.trial),
      scored(recommended.score),
      trial?.images.length ?? '–',
    ]);
  }
  return table(
    "Scores on the search's own images",
    [{ title: 'merge' }, { title: 'score', isNumber: true }, { title: 'images', isNumber: true }],
    rows,
  );
}

function judgingNote({ judging }: ReportRun): Html {
  if (judging === undefined) return NOTHING;
  return markup`<p class="${judging.judges ? 'quiet' : 'note'}">
    ${judging.sentence}${judging.suggestion === undefined ? '' : ` ${judging.suggestion}`}
  </p>`;
}

function baselineOf(trial: FinishedTrial): 'A' | 'B' | 'half' | undefined {
  return 'baseline' in trial ? trial.baseline : undefined;
}

/** Letters for models; what stands in their place where there is no model B. */
function shortNameIn(candidates: ProofPlan['candidates'], name: CandidateName): string {
  if (!isBaselineName(name)) return `the ${name}`;
  const words = baselineWords(candidates.find((one) => one.name === 'B')?.weights)[name];
  return words.replace(/^model /, '');
}

function joined(names: readonly string[], last = 'and'): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`;
}
