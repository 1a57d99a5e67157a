/** Which iteration a side of the comparison means. Pure. */
import type { GalleryIndex, GalleryProof, GalleryRow } from '../../gallery/state.ts';
import type { PageState } from '../../state.ts';
import { baselineText } from '../words.ts';

export interface Side {
  /** As the address says it. */
  readonly name: string;
  /** What the server finds it by; undefined where the run has none. */
  readonly id: string | undefined;
  /** `best, iteration #12`. */
  readonly text: string;
}

/** Those with a name, in the order in which they are offered. */
export const NAMED = ['A', 'B', 'half', 'best', 'latest', 'first'] as const;

export function sideOf(name: string, index: GalleryIndex, state: PageState): Side {
  const [, proof, candidate = ''] = /^proof(\d+)-(.+)$/.exec(name) ?? [];
  if (proof !== undefined) {
    const found = index.proofs
      .find((one) => one.proof === Number(proof))
      ?.candidates.find(({ id }) => id === name);
    return { name, id: found?.id, text: sideText(candidate, found?.trial ?? null) };
  }
  const trial = /^\d+$/.test(name) ? Number(name) : namedTrial(name, index, state);
  const what = nameText(name);
  if (trial === undefined) return { name, id: undefined, text: what };
  const baseline = state.trials.find(({ id }) => id === trial)?.baseline;
  return { name, id: String(trial), text: sideText(baseline ?? name, trial) };
}

/** Of a baseline, best, latest or first; empty for a number. */
export function nameText(name: string): string {
  if (name === 'latest') return 'latest with images';
  if (/^\d+$/.test(name)) return '';
  return isBaseline(name) ? baselineText(name) : name;
}

/** Baselines are no iterations. */
function sideText(name: string, trial: number | null): string {
  const what = nameText(name);
  if (trial === null || isBaseline(name)) return what;
  return `${what === '' ? '' : `${what}, `}iteration #${trial}`;
}

function isBaseline(name: string): boolean {
  return name === 'A' || name === 'B' || name === 'half';
}

function namedTrial(
  name: string,
  { rows }: GalleryIndex,
  { summary, trials }: PageState,
): number | undefined {
  switch (name) {
    case 'best':
      return summary.best?.trial;
    case 'latest':
      return rows.findLast(({ baseline }) => baseline === undefined)?.id;
    case 'first':
      return trials.find(
        ({ baseline, images, state }) => baseline === undefined && images > 0 && state === 'scored',
      )?.id;
    default:
      return trials.find(({ baseline }) => baseline === name)?.id;
  }
}

/** What is compared unless somebody says otherwise: something that is no merge on the left, the best on the right. */
export function usualSides(index: GalleryIndex, state: PageState): readonly [left: string, right: string] {
  const best = sideOf('best', index, state).id;
  const isKept = (name: string): boolean => {
    const { id } = sideOf(name, index, state);
    return id !== undefined && id !== best && index.rows.some((row) => String(row.id) === id);
  };
  return [['half', 'A', 'B', 'first'].find((name) => isKept(name)) ?? 'first', 'best'];
}

/** Of a proof: the strongest baseline against the best. */
export function usualCandidates({ candidates }: GalleryProof): readonly [left: string, right: string] {
  const best = candidates.find(({ name }) => name === 'best') ?? candidates[0];
  const others = candidates
    .filter(({ id, kept }) => id !== best?.id && kept > 0)
    .toSorted((one, other) => (other.mean ?? -Infinity) - (one.mean ?? -Infinity));
  const left = others.find(({ name }) => name !== 'runner-up') ?? others[0];
  return [left?.id ?? '', best?.id ?? ''];
}

/** The next iteration with pictures. @param step 1 or -1 @returns undefined at the end */
export function neighbour(rows: readonly GalleryRow[], trial: number, step: 1 | -1): number | undefined {
  return step > 0 ? rows.find(({ id }) => id > trial)?.id : rows.findLast(({ id }) => id < trial)?.id;
}

/** Why a picture is not there, and what would have kept it. */
export function notKeptText(keeps: string): string {
  if (keeps === 'none')
    return 'This run does not keep images (--save-images none). With best it keeps those of the best, the baselines and the first iteration; with all, those of every iteration.';
  if (keeps === 'best')
    return 'This run keeps only the images of the best, the baselines and the first iteration (--save-images best); with all, those of every iteration.';
  return 'Its file is not in the folder of the run: it has not been written yet, or somebody removed it.';
}
