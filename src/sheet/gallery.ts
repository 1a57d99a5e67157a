/** Which merges of a run can be shown beside each other, on which images, and where those lie. */
import { z } from 'zod';
import { usageError } from '../shared/errors.ts';
import { keptImage } from '../images/kept-image.ts';
import { imageKey, imageNames, proofImageFile } from '../images/names.ts';
import { trialsOf } from '../journal/read.ts';
import type { JournalRecord, RecordOf, SearchPlan } from '../journal/record.ts';
import { comparableIn } from '../judging/trial-scores.ts';
import { chooseProof, isProofOf } from '../proof/choose-proof.ts';
import type { CandidateName } from '../proof/proof.ts';
import { proofsOf } from '../proof/read-proofs.ts';
import {
  BASELINE_NAMES,
  mergesOf,
  type BlockWeights,
  type FinishedTrial,
  type ImageRecord,
  type ImageRequest,
} from '../types.ts';

/** One image of a merge. */
interface ShownImage {
  /** Of this image; undefined where it has none. */
  readonly score: number | undefined;
  /** Path of the kept file; undefined with a reason. */
  readonly file: string | undefined;
  /** Two or three words: `not kept`. */
  readonly reason: string | undefined;
}

/** A merge with its images. */
export interface ShownMerge {
  /** A candidate of a proof, `first`, or the number of an iteration. */
  readonly name: CandidateName | 'first' | number;
  /** Undefined for a baseline that only a proof has drawn. */
  readonly trial: number | undefined;
  /** Of all its images, comparable with those of the other merges; undefined for a failed iteration. */
  readonly score: number | undefined;
  /** Of each column of the gallery. */
  readonly images: readonly ShownImage[];
}

/** An image that merges are compared on. */
interface ImageColumn {
  readonly request: string;
  /** Within the request, from 0. */
  readonly index: number;
  readonly payload: string;
  readonly prompt: string;
  readonly seed: number;
  /** What people tell it by: the name of its payload; the prompt where that was drawn and differs within the payload. */
  readonly caption: string;
}

export interface Gallery {
  /** Where the images come from: the number of a proof, or undefined for the search itself. */
  readonly proof: number | undefined;
  /** Another merge than the best of the run is the proof's best: nobody has proved the other. */
  readonly isOfOther: boolean;
  /** Which candidate the proof found to be the best to use; undefined without a verdict. */
  readonly winner: string | undefined;
  /** Who gave the scores. */
  readonly scorers: readonly string[];
  /** The iteration that is the best, whether it is among the merges or not. */
  readonly best: number | undefined;
  /** All images of the set, in its order. */
  readonly columns: readonly ImageColumn[];
  readonly merges: readonly ShownMerge[];
}

export interface RunRecords {
  readonly plan: SearchPlan;
  readonly records: readonly JournalRecord[];
  /** Folder of the kept images. */
  readonly images: string;
  /** The iteration to show as the best; the best score where left out. */
  readonly best?: number | undefined;
}

export type MergeName = ShownMerge['name'];

/**
 * The images of a run's merges: those of the proof of its best merge where they are kept and show what is wanted, else those of
 * the search.
 * @param wanted in this order; left out = the baselines and the best, or the first and the best where there are no baselines
 * @throws usage error `iteration-unknown` for a wanted one that the run does not have
 */
export function imagesOf(run: RunRecords, wanted?: readonly MergeName[]): Gallery {
  return proofGallery(run, wanted) ?? searchGallery(run, wanted);
}

/** Has any of its images been kept? */
export function hasImages({ images }: ShownMerge): boolean {
  return images.some(({ file }) => file !== undefined);
}

/** Undefined where the proof cannot show what is wanted, or compares nothing. */
function proofGallery(run: RunRecords, wanted: readonly MergeName[] | undefined): Gallery | undefined {
  const recommended = recommendedBy(run);
  const chosen = chooseProof(proofsOf(run.records), {
    weights: recommended,
    scorers: run.plan.scorers,
  });
  if (chosen === undefined) return undefined;
  const proving = chosen.plan;
  const { proof, candidates, requests } = proving;
  const isOfBest = isProofOf(chosen, recommended);
  // The best is another one; only the proof has a runner-up.
  const isForeign = !isOfBest && (chosen.isOutdated || wanted?.includes('best') === true);
  if (isForeign && wanted?.includes('runner-up') !== true) return undefined;
  const later = run.records.filter((record) => 'proof' in record && record.proof === proof);
  const verdict = verdictIn(later);
  const drawn = drawnPayloads([...run.plan.requests, ...requests]);
  const columns = proving.images.flatMap((image) => columnOf(requests, image, drawn));
  const shown = PROOF_ROWS.flatMap((name): ShownMerge[] => {
    const candidate = candidates.find((one) => one.name === name);
    const images = resultIn(later, name);
    if (candidate === undefined || images.length === 0) return [];
    const score = verdict?.means.find((one) => one.name === name)?.mean ?? meanOf(images);
    const files = shownImages(columns, images, (image) => proofImageFile(run.images, proving, name, image));
    return [{ name, trial: candidate.trial ?? undefined, score, images: files }];
  });
  const winner = verdict?.winner;
  // The runner-up is of interest where it has proved to be better than the best.
  const names = wanted ?? PROOF_ROWS.filter((name) => name !== 'runner-up' || winner === name);
  const merges = names.flatMap((name) => shown.filter((one) => one.name === name));
  if (wanted !== undefined && merges.length < wanted.length) return undefined;
  if (merges.filter((merge) => hasImages(merge)).length < (wanted === undefined ? 2 : 1)) return undefined;
  return {
    proof,
    isOfOther: !isOfBest,
    winner,
    scorers: proving.scorers.map(({ id }) => id),
    best: candidates.find(({ name }) => name === 'best')?.trial ?? undefined,
    columns,
    merges,
  };
}

const PROOF_ROWS: readonly CandidateName[] = [...BASELINE_NAMES, 'runner-up', 'best'];
const verdictSchema = z.object({
  winner: z.string(),
  means: z.array(z.object({ name: z.string(), mean: z.number() })).default([]),
});

function verdictIn(records: readonly JournalRecord[]): z.output<typeof verdictSchema> | undefined {
  const record = records.findLast(({ kind }) => kind === 'verdict');
  return verdictSchema.safeParse(record?.kind === 'verdict' ? record.verdict : undefined).data;
}

/** The last record of a candidate counts; one without images takes those before it back. */
function resultIn(records: readonly JournalRecord[], candidate: string): RecordOf<'proved'>['images'] {
  const record = records.findLast((one) => one.kind === 'proved' && one.candidate === candidate);
  return record?.kind === 'proved' ? record.images : [];
}

/** Its weights; undefined where nothing was scored. */
function recommendedBy({ plan, records, best }: RunRecords): BlockWeights | undefined {
  const { finished } = trialsOf(records);
  return trialOf(finished, comparableIn(plan, finished), 'best', best)?.weights;
}

function searchGallery(run: RunRecords, wanted: readonly MergeName[] | undefined): Gallery {
  const { plan, records, images: folder } = run;
  const { finished } = trialsOf(records);
  const comparable = comparableIn(plan, finished);
  const drawn = drawnPayloads(plan.requests);
  const columns = plan.requests.flatMap(({ id, seeds }) =>
    seeds.flatMap((_, index) => columnOf(plan.requests, { request: id, index }, drawn)),
  );
  const names = imageNames(plan.requests);
  const show = (name: MergeName, trial: FinishedTrial): ShownMerge => {
    const { id, images } = measuredOf(finished, trial);
    const shown = shownImages(columns, images, ({ request, index }) => {
      const stem = names.stem(id, imageKey(request, index));
      return stem === undefined ? undefined : keptImage(folder, stem);
    });
    return { name, trial: trial.id, score: comparable.get(trial.id), images: shown };
  };
  const find = (name: MergeName): FinishedTrial | undefined => trialOf(finished, comparable, name, run.best);
  const best = find('best')?.id;
  const scorers = plan.scorers.map(({ id }) => id);
  if (wanted !== undefined) {
    const merges = wanted.map((name) => show(name, find(name) ?? unknown(name, finished.length)));
    return { proof: undefined, isOfOther: false, winner: undefined, scorers, best, columns, merges };
  }
  const baselines = BASELINE_NAMES.flatMap((name) => showFound(name));
  const others: readonly MergeName[] = baselines.length > 0 ? ['best'] : ['first', 'best'];
  const merges = [...baselines, ...others.flatMap((name) => showFound(name))];
  const kept = merges.filter((merge) => hasImages(merge)).filter((merge) => !isShownElsewhere(merge, merges));
  return { proof: undefined, isOfOther: false, winner: undefined, scorers, best, columns, merges: kept };

  function showFound(name: MergeName): ShownMerge[] {
    const trial = find(name);
    return trial === undefined ? [] : [show(name, trial)];
  }
}

/** A baseline may be the best, and the first iteration too: it has one row then. */
function isShownElsewhere({ name, trial }: ShownMerge, merges: readonly ShownMerge[]): boolean {
  const others = merges.filter((other) => other.trial === trial).map((other) => other.name);
  if (name === 'first') return others.includes('best');
  return name === 'best' && others.some((other) => other !== 'best' && other !== 'first');
}

function trialOf(
  finished: readonly FinishedTrial[],
  comparable: ReadonlyMap<number, number>,
  name: MergeName,
  best: number | undefined,
): FinishedTrial | undefined {
  if (typeof name === 'number') return finished.find(({ id }) => id === name);
  const scored = finished.filter(({ state }) => state === 'scored');
  const ofSearch = scored.filter((trial) => baselineOf(trial) === undefined);
  if (name === 'first') return ofSearch.find(({ images }) => images.length > 0);
  if (name !== 'best') return scored.findLast((trial) => baselineOf(trial) === name);
  const score = ({ id }: FinishedTrial): number => comparable.get(id) ?? -Infinity;
  const merges = mergesOf(scored);
  return (
    scored.find(({ id }) => id === best) ?? merges.toSorted((one, other) => score(other) - score(one))[0]
  );
}

function baselineOf(trial: FinishedTrial): string | undefined {
  return 'baseline' in trial ? trial.baseline : undefined;
}

/** A score that was taken over belongs to the images of another iteration. */
function measuredOf(finished: readonly FinishedTrial[], trial: FinishedTrial): FinishedTrial {
  if (trial.state !== 'scored' || trial.source.kind !== 'repeat') return trial;
  const { of } = trial.source;
  return finished.find(({ id }) => id === of) ?? trial;
}

function shownImages(
  columns: readonly ImageColumn[],
  images: readonly ImageRecord[],
  fileOf: (image: ImageColumn) => string | undefined,
): ShownImage[] {
  const scores = new Map(images.map(({ request, index, score }) => [imageKey(request, index), score]));
  return columns.map((column) => {
    const score = scores.get(imageKey(column.request, column.index));
    if (score === undefined) return { score, file: undefined, reason: 'not drawn' };
    const file = fileOf(column);
    return { score, file, reason: file === undefined ? 'not kept' : undefined };
  });
}

type Asked = Pick<ImageRequest, 'id' | 'payload' | 'prompt' | 'seeds'>;

/** Payloads whose requests have unlike prompts. */
function drawnPayloads(requests: readonly Asked[]): ReadonlySet<string> {
  const prompts = new Map<string, string>();
  const drawn = new Set<string>();
  for (const { payload, prompt } of requests) {
    if ((prompts.get(payload) ?? prompt) !== prompt) drawn.add(payload);
    prompts.set(payload, prompt);
  }
  return drawn;
}

function columnOf(
  requests: readonly Asked[],
  { request, index }: { readonly request: string; readonly index: number },
  drawn: ReadonlySet<string>,
): ImageColumn[] {
  const found = requests.find(({ id }) => id === request);
  const seed = found?.seeds[index];
  if (found === undefined || seed === undefined) return [];
  const { payload, prompt } = found;
  return [{ request, index, payload, prompt, seed, caption: drawn.has(payload) ? prompt : payload }];
}

function meanOf(images: RecordOf<'proved'>['images']): number | undefined {
  if (images.length === 0) return undefined;
  return images.reduce((sum, { score }) => sum + score, 0) / images.length;
}

function unknown(name: MergeName, iterations: number): never {
  throw usageError('iteration-unknown', sentenceFor(name, iterations));
}

function sentenceFor(name: MergeName, iterations: number): string {
  if (typeof name === 'number') return `The run has no iteration ${name}; it has ${iterations}.`;
  if (name === 'best' || name === 'first') return `The run has no ${name} iteration: none was scored.`;
  if (name === 'runner-up')
    return 'The run has no runner-up with images: only a proof has one (autombw prove), and it cannot be shown next to iterations of the search.';
  return `The run has not measured the baseline ${name === 'half' ? '0.5' : name}: it was started without baselines.`;
}
