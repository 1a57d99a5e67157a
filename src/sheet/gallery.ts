/** Which merges of a run can be shown beside each other, on which images, and where those lie. */
import { z } from 'zod';
import { usageError } from '../shared/errors.ts';
import { keptImage } from '../images/kept-image.ts';
import { imageKey, imageNames, type ImageNames } from '../images/names.ts';
import { trialsOf } from '../journal/read.ts';
import type { JournalRecord, RecordOf, SearchPlan } from '../journal/record.ts';
import { comparableIn } from '../judging/trial-scores.ts';
import type { CandidateName } from '../proof/proof.ts';
import { BASELINE_NAMES, type FinishedTrial, type ImageRecord, type ImageRequest } from '../types.ts';

/** One image of a merge. */
export interface ShownImage {
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
export interface ImageColumn {
  readonly key: string;
  readonly payload: string;
  readonly prompt: string;
  readonly seed: number;
}

export interface Gallery {
  /** Where the images come from: the number of a proof, or undefined for the search itself. */
  readonly proof: number | undefined;
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
 * The images of a run's merges, those of its last proof where it has kept images and the wanted merges, else those of the
 * search.
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

interface Album {
  readonly folder: string;
  readonly names: ImageNames;
  readonly columns: readonly ImageColumn[];
}

/** Undefined where the last proof cannot show what is wanted. */
function proofGallery(run: RunRecords, wanted: readonly MergeName[] | undefined): Gallery | undefined {
  const proving = run.records.findLast((record) => record.kind === 'proving');
  if (proving === undefined) return undefined;
  const { proof, candidates, requests } = proving;
  const scorers = proving.scorers.map(({ id }) => id);
  const done = run.records.filter((record) => record.kind === 'proved').filter((one) => one.proof === proof);
  const columns = proving.images.flatMap((image) => columnOf(requests, image));
  const album: Album = { folder: run.images, names: imageNames(requests), columns };
  const shown = PROOF_ROWS.flatMap((name): ShownMerge[] => {
    const candidate = candidates.find((one) => one.name === name);
    const result = done.find((one) => one.candidate === name);
    if (candidate === undefined || result === undefined) return [];
    const images = shownImages(album, `proof${proof}-${name}`, result.images);
    const score = meanOf(result.images);
    return [{ name, trial: candidate.trial ?? undefined, score, images }];
  });
  const names = wanted ?? namesWithWinner(run.records, proof);
  const merges = names.flatMap((name) => shown.filter((one) => one.name === name));
  if (wanted !== undefined && merges.length < wanted.length) return undefined;
  if (!merges.some((merge) => hasImages(merge))) return undefined;
  const best = candidates.find(({ name }) => name === 'best')?.trial ?? undefined;
  return { proof, scorers, best, columns, merges };
}

const PROOF_ROWS: readonly CandidateName[] = [...BASELINE_NAMES, 'runner-up', 'best'];
const verdictSchema = z.object({ winner: z.string() });

/** The runner-up is of interest where it has proved to be better than the best. */
function namesWithWinner(records: readonly JournalRecord[], proof: number): readonly CandidateName[] {
  const verdict = records.findLast((record) => record.kind === 'verdict' && record.proof === proof);
  const read = verdictSchema.safeParse(verdict?.kind === 'verdict' ? verdict.verdict : undefined);
  const winner = read.success ? read.data.winner : undefined;
  return PROOF_ROWS.filter((name) => name !== 'runner-up' || winner === name);
}

function searchGallery(run: RunRecords, wanted: readonly MergeName[] | undefined): Gallery {
  const { plan, records, images: folder } = run;
  const { finished } = trialsOf(records);
  const comparable = comparableIn(plan, finished);
  const columns = plan.requests.flatMap(({ id, seeds }) =>
    seeds.flatMap((_, index) => columnOf(plan.requests, { request: id, index })),
  );
  const album: Album = { folder, names: imageNames(plan.requests), columns };
  const show = (name: MergeName, trial: FinishedTrial): ShownMerge => {
    const { id, images } = measuredOf(finished, trial);
    return {
      name,
      trial: trial.id,
      score: comparable.get(trial.id),
      images: shownImages(album, id, images),
    };
  };
  const find = (name: MergeName): FinishedTrial | undefined => trialOf(finished, comparable, name, run.best);
  const best = find('best')?.id;
  const scorers = plan.scorers.map(({ id }) => id);
  if (wanted !== undefined) {
    const merges = wanted.map((name) => show(name, find(name) ?? unknown(name, finished.length)));
    return { proof: undefined, scorers, best, columns, merges };
  }
  const baselines = BASELINE_NAMES.flatMap((name) => showFound(name));
  const others: readonly MergeName[] = baselines.length > 0 ? ['best'] : ['first', 'best'];
  const merges = [...baselines, ...others.flatMap((name) => showFound(name))];
  const kept = merges.filter((merge) => hasImages(merge)).filter((merge) => !isShownElsewhere(merge, merges));
  return { proof: undefined, scorers, best, columns, merges: kept };

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
  return (
    scored.find(({ id }) => id === best) ?? scored.toSorted((one, other) => score(other) - score(one))[0]
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
  { folder, names, columns }: Album,
  owner: number | string,
  images: readonly ImageRecord[],
): ShownImage[] {
  const scores = new Map(images.map(({ request, index, score }) => [imageKey(request, index), score]));
  return columns.map(({ key }) => {
    const score = scores.get(key);
    if (score === undefined) return { score, file: undefined, reason: 'not drawn' };
    const stem = names.stem(owner, key);
    const file = stem === undefined ? undefined : keptImage(folder, stem);
    return { score, file, reason: file === undefined ? 'not kept' : undefined };
  });
}

function columnOf(
  requests: readonly Pick<ImageRequest, 'id' | 'payload' | 'prompt' | 'seeds'>[],
  { request, index }: { readonly request: string; readonly index: number },
): ImageColumn[] {
  const found = requests.find(({ id }) => id === request);
  const seed = found?.seeds[index];
  if (found === undefined || seed === undefined) return [];
  return [{ key: imageKey(request, index), payload: found.payload, prompt: found.prompt, seed }];
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
  if (name === 'best' || name === 'first')
    return `The run has no ${name} iteration: none of them was scored.`;
  if (name === 'runner-up')
    return 'The run has no runner-up with images: a proof has one (autombw prove), but it cannot be shown beside iterations of the search.';
  return `The run has not measured the baseline ${name === 'half' ? '0.5' : name}: it began without baselines.`;
}
