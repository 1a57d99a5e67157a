/**
 * How many trials are measured at the same time. Every open one is asked for without the scores of the others, so that fewer
 * learn more; but a trial that is spread over several members pays its merge and its end on each of them, and members for which
 * it has no image stay idle.
 */
import type { MemberAtWork } from './at-work.ts';
import { LATEST, median } from './timings.ts';

/** What of one pixel group decides. */
export interface Hands {
  /** Members that are here, from 1 on. */
  readonly members: number;
  /** Of the latest trials, how many requests the group draws; without any, nothing is known. */
  readonly requests: readonly number[];
  /** Seconds that a merge takes; undefined while it cannot be told from the images. */
  readonly mergeSeconds: number | undefined;
  /** Seconds that a request takes. */
  readonly requestSeconds: number | undefined;
  /** Seconds from the last image of a trial to the next trial: scoring, journal, proposal. */
  readonly gapSeconds: number;
}

/** So many learn from each other well enough: no fewer are open where there are members for them. */
const FEW = 4;

/** Share of the members' time that must go into what one member would need for the same trials. */
const SHARE = 0.95;

/**
 * The fewest that keep the members of a group at work, from 1 on; one for each member while nothing is known, since the first
 * trials of a search are asked for without any score anyway.
 */
export function openTrialsFor(hands: Hands): number {
  const { members } = hands;
  for (let open = Math.min(FEW, members); open < members; open++)
    if (shareOfWork(hands, Math.ceil(members / open)) >= SHARE) return open;
  return members;
}

type Known = Hands & { readonly mergeSeconds: number; readonly requestSeconds: number };

function isKnown(hands: Hands): hands is Known {
  const { requests, mergeSeconds, requestSeconds } = hands;
  return requests.length > 0 && mergeSeconds !== undefined && requestSeconds !== undefined;
}

/** What a trial takes of one member, over what it takes of as many as it is spread over. */
function shareOfWork(hands: Hands, over: number): number {
  if (!isKnown(hands)) return 0;
  const { requests, mergeSeconds, requestSeconds, gapSeconds } = hands;
  let alone = 0;
  let spread = 0;
  for (const count of requests) {
    alone += mergeSeconds + count * requestSeconds;
    spread += over * (mergeSeconds + Math.ceil(count / over) * requestSeconds + gapSeconds);
  }
  return spread > 0 ? alone / spread : 0;
}

interface Group {
  readonly here: readonly MemberAtWork[];
}

/** What is asked of a fleet, and how many trials are to be open by that. */
export class OpenTrials {
  readonly #asked = new Map<Group, number[]>();
  readonly #gaps: number[] = [];
  #evaluations = 0;
  #decided:
    | { readonly members: string; readonly isKnown: boolean; readonly at: number; readonly open: number }
    | undefined;

  /**
   * Images of a trial are asked for.
   * @param requests by the group that draws them
   * @param gap seconds since the last image of the trial before; undefined where there was none
   */
  note(requests: ReadonlyMap<Group, number>, gap: number | undefined): void {
    this.#evaluations++;
    for (const [group, count] of requests) {
      const counts = this.#asked.get(group) ?? [];
      this.#asked.set(group, counts);
      keepLatest(counts, count);
    }
    if (gap !== undefined) keepLatest(this.#gaps, gap);
  }

  /**
   * Decided again where members came or went, where it is known for the first time what trials take, and after twice as many of
   * them: what was measured shall not move it to and fro.
   * @param groups that images are pinned to
   * @param before while nobody is here
   */
  decide(groups: readonly Group[], before: number): number {
    const hands = groups.flatMap((group) => (group.here.length === 0 ? [] : this.#handsOf(group)));
    if (hands.length === 0) return before;
    const members = hands.map((one) => one.members).join(' ');
    const now = { members, isKnown: hands.every((one) => isKnown(one)) };
    const last = this.#decided;
    if (last?.members === members && last.isKnown === now.isKnown && this.#evaluations < 2 * last.at)
      return last.open;
    const most = hands.reduce((sum, one) => sum + one.members, 0);
    // So that no group waits for the slowest one of an iteration.
    const more = hands.length > 1 ? 1 : 0;
    const open = Math.min(most, Math.max(...hands.map((one) => openTrialsFor(one))) + more);
    this.#decided = { ...now, at: Math.max(this.#evaluations, 1), open };
    return open;
  }

  #handsOf(group: Group): Hands {
    const { here } = group;
    return {
      members: here.length,
      requests: this.#asked.get(group) ?? [],
      mergeSeconds: median(here.flatMap(({ timings }) => timings.measuredMerge ?? [])),
      requestSeconds: median(here.flatMap(({ timings }) => timings.usualSeconds ?? [])),
      gapSeconds: median(this.#gaps) ?? 0,
    };
  }
}

function keepLatest(values: number[], value: number): void {
  values.push(value);
  if (values.length > LATEST) values.shift();
}
