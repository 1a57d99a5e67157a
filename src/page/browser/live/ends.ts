/** Where a search ends, on the axis of the chart. Pure. */
import type { PageSummary, PageTrial } from '../../state.ts';
import type { Over } from './points.ts';
import { counted } from '../../../shared/counted.ts';
import { duration } from '../../../shared/duration.ts';

interface EndMark {
  readonly at: number;
  readonly label: string;
  /** The score that puts it off; null for a limit, which nothing puts off. */
  readonly needed: number | null;
}

export interface Ends {
  /** The end of what was measured so far. */
  readonly now: number;
  /** Those that have room in the chart. */
  readonly marks: readonly EndMark[];
  /** All of them, in sentences. */
  readonly sentences: readonly string[];
}

/** How much wider than what was measured the chart gets for the sake of the early stop, and of the limit. */
const MOST_WIDER = 2;
const WIDER_FOR_LIMIT = 1.3;
/** Latest trials that tell how many pictures one takes. */
const LATEST = 10;

type Told = Pick<PageSummary, 'earlyStop' | 'limits' | 'pace' | 'state' | 'gaps'>;

export function endsOf(
  { earlyStop, limits, pace, state, gaps }: Told,
  trials: readonly PageTrial[],
  over: Over,
): Ends {
  const searched = trials.filter(({ baseline }) => baseline === undefined);
  const now = {
    iterations: searched.length,
    images: trials.reduce((sum, { images }) => sum + images, 0),
    hours: trials.reduce((most, { hours }) => Math.max(most, hours ?? 0), 0),
  }[over];
  const sentences = over === 'hours' ? gapSentences(gaps) : [];
  if (state === 'ended') return { now, marks: [], sentences };
  const marks: EndMark[] = [];
  if (earlyStop !== null) {
    const perIteration = { iterations: 1, images: picturesOf(searched), hours: (pace ?? 0) / 3600 }[over];
    marks.push({
      at: now + earlyStop.left * perIteration,
      label: 'early stop',
      needed: earlyStop.needed,
    });
    sentences.unshift(earlyStop.sentence);
  }
  const limit = {
    iterations: limits.iterations,
    images: limits.images,
    hours: limits.minutes === null ? null : limits.minutes / 60,
  }[over];
  if (limit !== null) {
    marks.push({ at: limit, label: 'limit', needed: null });
    const [stop] = marks;
    if (earlyStop !== null && stop !== undefined && limit < stop.at)
      sentences.splice(1, 0, `The limit of ${limitText(limit, over)} comes first.`);
  }
  const room = over === 'hours' ? 0 : 10;
  const isShown = ({ at, needed }: EndMark): boolean =>
    at >= now && at <= Math.max((needed === null ? WIDER_FOR_LIMIT : MOST_WIDER) * now, room);
  const stop = marks.find((mark) => mark.needed !== null && isShown(mark));
  return {
    now,
    marks: marks.filter(
      (mark) => isShown(mark) || (stop !== undefined && mark.at >= now && mark.at <= stop.at),
    ),
    sentences,
  };
}

function limitText(limit: number, over: Over): string {
  return over === 'hours' ? duration(limit * 3600) : counted(limit, over.slice(0, -1));
}

function picturesOf(searched: readonly PageTrial[]): number {
  const latest = searched.filter(({ images }) => images > 0).slice(-LATEST);
  return latest.reduce((sum, { images }) => sum + images, 0) / Math.max(1, latest.length);
}

function gapSentences(gaps: Told['gaps']): string[] {
  if (gaps.length === 0) return [];
  const seconds = gaps.reduce((sum, gap) => sum + gap.seconds, 0);
  const parts = [
    ...(gaps.some(({ why }) => why === 'paused') ? ['was paused'] : []),
    ...(gaps.some(({ why }) => why === 'not running') ? ['did not run'] : []),
  ];
  return [
    `${duration(seconds)} in which the run ${parts.join(' or ')} ${gaps.length === 1 ? 'is' : `(${gaps.length} times) are`} left out; a notch below the axis shows where.`,
  ];
}
