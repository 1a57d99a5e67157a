/**
 * What pins cost: members of one pixel group wait while those of another draw what is theirs alone. Measured, since only that shows
 * what merges, payloads and cards really take.
 */
import type { MemberAtWork } from './at-work.ts';

/** A good part: of all members' time, measured by the group that has most to do. */
const MUCH = 0.15;
/** Before that, who is some trials ahead looks busier than it is. */
const FEWEST_TRIALS = 8;

export class IdleShare {
  #members: readonly MemberAtWork[] = [];
  /** Seconds that each had worked when counting began. */
  #before = new Map<MemberAtWork, number>();
  #trials = 0;
  #isTold = false;

  /**
   * To be called after each trial.
   * @param groups who is here, by pixel group that images are pinned to
   * @returns a sentence for people, once, where members stand idle for a good part of the time
   */
  afterTrial(groups: readonly (readonly MemberAtWork[])[]): string | undefined {
    if (this.#isTold || groups.length < 2 || groups.some(({ length }) => length === 0)) return undefined;
    const members = groups.flat();
    if (members.length !== this.#members.length || members.some((one, n) => one !== this.#members[n]))
      this.#begin(members);
    if (++this.#trials < Math.max(FEWEST_TRIALS, 2 * members.length)) return undefined;
    const worked = (some: readonly MemberAtWork[]): number =>
      some.reduce((sum, one) => sum + one.state.seconds - (this.#before.get(one) ?? 0), 0) / some.length;
    const busy = groups.map((group) => ({ group, seconds: worked(group) }));
    const most = Math.max(...busy.map(({ seconds }) => seconds));
    const share = most > 0 ? 1 - worked(members) / most : 0;
    this.#begin(members);
    const [least] = busy.toSorted((one, other) => one.seconds - other.seconds);
    if (share <= MUCH || least === undefined) return undefined;
    this.#isTold = true;
    return sentenceOf(least.group, 1 - least.seconds / most);
  }

  #begin(members: readonly MemberAtWork[]): void {
    this.#members = members;
    this.#before = new Map(members.map((one) => [one, one.state.seconds]));
    this.#trials = 0;
  }
}

function sentenceOf(group: readonly MemberAtWork[], share: number): string {
  const names = group.map(({ name }) => name).join(' and ');
  const time = `${Math.round(100 * share)} % of the time while the others draw`;
  return `${names} ${group.length === 1 ? 'waits' : 'wait'} for ${time}: each image is always drawn by WebUIs that draw the same pixels, and the requests of these payloads cannot be split more evenly among them. To balance the load: use more payloads, split one with a large batch in two, or use WebUIs that draw the same pixels (same kind of card, same settings).`;
}
