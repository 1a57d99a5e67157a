/** A verdict in plain words. */
import { fewestImages } from './statistics.ts';
import { isBaselineName, isPlainModel, isSameMerge } from './verdict.ts';
import { baselineWords } from '../space/baseline-words.ts';
import type { Candidate, CandidateName, Comparison, ProofPlan, Verdict } from './proof.ts';

export interface WordSettings {
  /** How the run is named on the command line. */
  readonly run: string;
}

/** The first sentence says what was done, the others what came of it: one each, for lines of their own. */
export function wordsOf(plan: ProofPlan, verdict: Verdict, { run }: WordSettings): string[] {
  const { comparisons, images, winner, look = 1 } = verdict;
  const judged = plan.scorers.map(({ id }) => id).join(' and ');
  const head = `Proof on ${count(images)} of fresh seeds, judged by ${judged}:`;
  const equals = equalsOf(plan, winner);
  if (comparisons.length === 0) return [head, 'So few images cannot show anything.', ...equals];
  const between = comparisons.find(({ of, against }) => of === 'runner-up' && against === 'best');
  const shown = comparisons.filter(({ of, against }) => of === winner && against !== 'best');
  const sentence = (comparison: Comparison): string => sentenceOf(comparison, plan, run);
  return [
    head,
    ...equals,
    ...(between !== undefined && winner === 'runner-up'
      ? [`${sentence(between)} ${howToUse(plan, run)}`]
      : []),
    ...shown.map(sentence),
    ...(between !== undefined && winner === 'best' ? [runnerUpSentence(between, plan)] : []),
    ...missingSentences(plan, verdict),
    ...fewImages(shown),
    ...laterLook(look, Math.max(...comparisons.map((one) => one.images))),
  ];
}

/** What has no comparison because there is nothing to compare. */
function equalsOf(plan: ProofPlan, winner: CandidateName): string[] {
  const own = plan.candidates.find(({ name }) => name === winner);
  if (own === undefined) return [];
  const name = capital(nameOf(winner, plan));
  return plan.candidates
    .filter((other) => isBaselineName(other.name) && isSameMerge(other.weights, own.weights))
    .map((other) =>
      isPlainModel(own.weights, plan.candidates)
        ? `${name} is ${nameOf(other.name, plan)} itself, not a merge, so there is nothing to prove.`
        : `${name} is ${nameOf(other.name, plan)} itself.`,
    );
}

/** Pairs that too few images came of to compare them. */
function missingSentences(plan: ProofPlan, { comparisons, means, images, winner }: Verdict): string[] {
  const own = plan.candidates.find(({ name }) => name === winner);
  // Without means it is not known what came.
  if (own === undefined || means.length === 0) return [];
  const imagesOf = (name: CandidateName): number => means.find((one) => one.name === name)?.images ?? 0;
  return plan.candidates
    .filter(({ name, weights }) => name !== winner && !isSameMerge(weights, own.weights))
    .filter(({ name }) => !comparisons.some(({ of, against }) => isPair([of, against], [winner, name])))
    .map(({ name }) => {
      const scarce = imagesOf(winner) < imagesOf(name) ? winner : name;
      const came =
        imagesOf(scarce) < 2
          ? `only ${imagesOf(scarce)} of ${count(images)} of ${nameOf(scarce, plan)} were drawn`
          : 'too few seeds produced an image of both';
      return `${capital(nameOf(winner, plan))} could not be compared with ${nameOf(name, plan)}: ${came}.`;
    });
}

type Pair = readonly [CandidateName, CandidateName];

function isPair([one, other]: Pair, [first, second]: Pair): boolean {
  return (one === first && other === second) || (one === second && other === first);
}

/** A test of as many images as these cannot know of what none of them has shown. */
function fewImages(shown: readonly Comparison[]): string[] {
  const isCarriedByFew = shown.some(({ result, images }) => result === 'better' && images < MANY);
  return isCarriedByFew ? ['So few images can easily miss a fault that shows in only one image in ten.'] : [];
}

/** With so many images such a fault is missed in one case of twelve. */
const MANY = 24;

/** Why an interval is wider than that of a first look, or reaches 0 although all images are on one side. */
function laterLook(look: number, images: number): string[] {
  if (look === 1) return [];
  const fewest = fewestImages(look);
  const tooFew =
    images < fewest
      ? ` ${capital(count(images))} cannot show that, however clear they are: at least ${fewest} are needed.`
      : '';
  return [
    `This is test ${look} on these seeds with the same scorers, and each further test requires clearer differences.${tooFew}`,
  ];
}

/** A difference that needs more images than these is none that anybody would see. */
const MOST_WORTH_WHILE = 1000;

function sentenceOf(comparison: Comparison, plan: ProofPlan, run: string): string {
  const { of, against, images, better, worse, mean, low, high, result, needed } = comparison;
  const name = capital(nameOf(of, plan));
  const other = nameOf(against, plan);
  const interval = `${signed(mean)} (95 %: ${numbers(low, high)})`;
  if (result === 'better')
    return `${name} is better than ${other} on ${better} of ${count(images)}, ${interval}.`;
  if (result === 'worse')
    return `${name} is worse than ${other} on ${worse} of ${count(images)}, ${interval}.`;
  if (mean === 0 && better + worse === 0)
    return `${name} scores the same as ${other} on all ${count(images)}.`;
  const direction = mean > 0 ? 'better' : 'other';
  const what =
    direction === 'better'
      ? `${name} was not shown to be better than ${other} on ${count(images)}, ${interval}`
      : `${name} is not better than ${other}, ${interval}`;
  // More images are worth it only for what looks like a gain.
  if (direction !== 'better' || needed === null) return `${what}.`;
  if (needed > MOST_WORTH_WHILE) return `${what}: more than ${MOST_WORTH_WHILE} would be needed.`;
  return `${what}: about ${needed} would be needed (autombw prove ${run} --prove ${needed}).`;
}

function runnerUpSentence({ result, images, mean, low, high }: Comparison, plan: ProofPlan): string {
  const name = capital(nameOf('runner-up', plan));
  const interval = `${signed(mean)} (95 %: ${numbers(low, high)})`;
  return result === 'worse'
    ? `${name} is worse than the best, ${interval}.`
    : `${name} shows no clear difference from the best on ${count(images)}, ${interval}.`;
}

function howToUse({ candidates }: ProofPlan, run: string): string {
  const trial = candidates.find(({ name }) => name === 'runner-up')?.trial;
  if (trial === null || trial === undefined) return 'Its weights are in the journal.';
  return `Use its weights with: autombw merge --run ${run} --iteration ${trial} --output FILE`;
}

function namesIn({ candidates }: Pick<ProofPlan, 'candidates'>): Readonly<Record<CandidateName, string>> {
  const words = baselineWords(candidates.find(({ name }) => name === 'B')?.weights);
  return { best: 'the best', 'runner-up': 'the runner-up', ...words };
}

/** Within a sentence. */
export function nameOf(name: CandidateName, plan: Pick<ProofPlan, 'candidates'>): string {
  const { candidates } = plan;
  const names = namesIn(plan);
  const trial = candidates.find((candidate: Candidate) => candidate.name === name)?.trial ?? null;
  const isMerge = name === 'best' || name === 'runner-up';
  return isMerge && trial !== null ? `${names[name]} (iteration ${trial})` : names[name];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function count(images: number): string {
  return `${images} ${images === 1 ? 'image' : 'images'}`;
}

function numbers(low: number, high: number): string {
  return `${plain(low)} to ${plain(high)}`;
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${plain(value)}`;
}

/** Two digits that count, and no fewer than two behind the point; a real minus sign. */
function plain(value: number): string {
  const size = Math.abs(value);
  const digits = size > 0 && size < 0.1 ? Math.min(6, 1 - Math.floor(Math.log10(size))) : 2;
  const text = size.toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}
