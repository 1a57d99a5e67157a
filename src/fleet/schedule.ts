/** Who draws what: the longest first, each by whoever is done with it soonest (longest processing time). */

/** Whoever may draw. */
export interface Drawer<M> {
  readonly member: M;
  /** Seconds before its first image: the merge. */
  readonly before: number;
  /** Seconds that it takes for the request. */
  readonly seconds: (request: string) => number;
}

/** By the time that each alone would take for all of it; of two that are equally fast, the earlier. */
export function fastestFirst<M>(drawers: readonly Drawer<M>[], requests: readonly string[]): Drawer<M>[] {
  const total = ({ before, seconds }: Drawer<M>): number =>
    requests.reduce((sum, request) => sum + seconds(request), before);
  return drawers
    .map((drawer) => ({ drawer, seconds: total(drawer) }))
    .toSorted((one, other) => one.seconds - other.seconds)
    .map(({ drawer }) => drawer);
}

/**
 * @param requests different ones, in their order
 * @returns for each who gets any the requests, in their order
 */
export function spread<M>(
  requests: readonly string[],
  drawers: readonly Drawer<M>[],
): { readonly member: M; readonly requests: readonly string[] }[] {
  const plans = drawers.map(({ member, before, seconds }) => ({
    member,
    doneAt: before,
    seconds,
    requests: new Set<string>(),
  }));
  const longest = (request: string): number =>
    drawers.reduce((most, { seconds }) => Math.max(most, seconds(request)), 0);
  const inTurn = requests
    .map((request, at) => ({ request, at, length: longest(request) }))
    .toSorted((one, other) => other.length - one.length || one.at - other.at);
  for (const { request } of inTurn) {
    const [first, ...others] = plans;
    if (first === undefined) break;
    const doneWith = (plan: (typeof plans)[number]): number => plan.doneAt + plan.seconds(request);
    const soonest = others.reduce((best, plan) => (doneWith(plan) < doneWith(best) ? plan : best), first);
    soonest.doneAt = doneWith(soonest);
    soonest.requests.add(request);
  }
  return plans.flatMap(({ member, requests: given }) =>
    given.size === 0 ? [] : { member, requests: requests.filter((request) => given.has(request)) },
  );
}

/**
 * Over how many members the images of one trial are spread: as many as would be idle otherwise. A merge is paid on each of
 * them, so that nothing is spread that keeps them busy as a whole.
 * @param idle members with nothing to do, from 1 on
 * @param waiting parts that wait for a member, this one among them
 * @param coming trials that are about to ask
 */
export function shareOf(idle: number, waiting: number, coming: number): number {
  return Math.max(1, Math.floor(idle / Math.max(1, waiting + coming)));
}
