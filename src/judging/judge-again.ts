/** Judges the kept images of a run once more by its own scorers, to compare. */
import { parseRecordedScoring } from '../config/recorded-config.ts';
import type { SearchPlan } from '../journal/record.ts';
import type { Judge } from '../score/index.ts';
import { afterColon } from '../shared/after-colon.ts';
import { isExpected } from '../shared/errors.ts';
import type { ImageRecord } from '../types.ts';
import { judgeKept, type KeptImage } from './judge-kept.ts';
import { makeScoring } from './scoring.ts';
import { reachOfRecorded } from './trust.ts';

type Kept = Pick<KeptImage, 'file' | 'image' | 'requests'>;

export interface JudgedAgain<K> {
  readonly kept: K;
  readonly now: ImageRecord;
}

/**
 * Nothing is taken from the cache of scores, and images of other pixels are left out.
 * @param isTrusted programs and addresses that the journal names may be used
 * @returns why they cannot be judged here, as a sentence without its end
 * @throws the signal's reason
 */
export async function judgeAgain<K extends Kept>(
  { config, scorers }: SearchPlan,
  images: readonly K[],
  { isTrusted, signal }: { readonly isTrusted: boolean; readonly signal: AbortSignal },
): Promise<{ readonly judged: readonly JudgedAgain<K>[] } | { readonly why: string }> {
  if (scorers.some(({ id }) => id === 'manual')) return { why: 'A person rated the images' };
  const reach = isTrusted ? undefined : reachOfRecorded(config.scorer ?? []);
  if (reach !== undefined) return { why: reach };
  let judge: Judge | undefined;
  try {
    ({ judge } = await makeScoring({ ...parseRecordedScoring(config), scoreCache: false }, signal));
    const other = judge.scorers.find(({ id, version }) =>
      scorers.some((one) => one.id === id && one.version !== version),
    );
    if (other !== undefined)
      return { why: `Scorer "${other.id}" has a different version now (${other.version})` };
    await judge.open(signal);
    const judged: JudgedAgain<K>[] = [];
    for (const kept of images) {
      signal.throwIfAborted();
      const now = await judgeKept({ ...kept, judge, signal });
      if (now !== undefined) judged.push({ kept, now });
    }
    return { judged };
  } catch (error) {
    signal.throwIfAborted();
    if (!isExpected(error)) throw error;
    return { why: `The scorers cannot run here: ${afterColon(error.message)}` };
  } finally {
    await judge?.close();
  }
}
