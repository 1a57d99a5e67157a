/** What the population methods share: the members, whose turn it is, and which ask is whose. */
import type { Observation, Outcome } from '../ask-tell/proposer.ts';

/** A bounded set that only the better get into. */
export interface Pool<Member> {
  /** In no particular order; fewer than the capacity at first. */
  readonly members: readonly Member[];
  /** Joins when there is room, or in the place of the worst when it is better. */
  admit(newcomer: Member): void;
}

export function createPool<Member>(capacity: number, worth: (member: Member) => number): Pool<Member> {
  const members: Member[] = [];
  return {
    members,
    admit(newcomer) {
      if (members.length < capacity) {
        members.push(newcomer);
        return;
      }
      const worst = members.reduce((a, b) => (worth(b) < worth(a) ? b : a));
      if (worth(newcomer) > worth(worst)) members[members.indexOf(worst)] = newcomer;
    },
  };
}

/** Members that move in turn, each by its own asks. */
export interface Population<Member, Note> {
  readonly members: readonly Member[];
  /** The member with the fewest open asks; among equals, the one that has waited longest. A repeated ask keeps its member. */
  turn(id: number): Member | undefined;
  /** Remembers what an ask is for, until it is told. A repeated ask replaces the note. */
  launch(id: number, member: Member, note: Note): void;
  /**
   * Whose ask this outcome belongs to. Points that belong to nobody (first ones, queued and learned ones, those of
   * members that are gone) found a member when there is room or when they beat the worst; then the answer is undefined.
   */
  land(outcome: Outcome): { readonly member: Member; readonly note: Note } | undefined;
}

export interface PopulationSettings<Member> {
  readonly capacity: number;
  /** A member that begins at this point. */
  found(observation: Observation): Member;
  /** The score that a newcomer has to beat to take this member's place. */
  worth(member: Member): number;
}

export function createPopulation<Member extends object, Note>(
  settings: PopulationSettings<Member>,
): Population<Member, Note> {
  const pool = createPool(settings.capacity, (member: Member) => settings.worth(member));
  const { members } = pool;
  const flights = new Map<number, { readonly member: Member; readonly note: Note }>();
  const lastAsk = new WeakMap<Member, number>();

  return {
    members,
    turn(id) {
      const again = flights.get(id);
      if (again !== undefined) return again.member;
      const open = (member: Member): number =>
        [...flights.values()].filter((flight) => flight.member === member).length;
      return members.toSorted(
        (a, b) => open(a) - open(b) || (lastAsk.get(a) ?? 0) - (lastAsk.get(b) ?? 0),
      )[0];
    },
    launch(id, member, note) {
      flights.set(id, { member, note });
      lastAsk.set(member, id);
    },
    land(outcome) {
      const flight = outcome.id === undefined ? undefined : flights.get(outcome.id);
      if (outcome.id !== undefined) flights.delete(outcome.id);
      if (flight !== undefined && members.includes(flight.member)) return flight;
      if (outcome.score !== undefined) pool.admit(settings.found(outcome));
      return undefined;
    },
  };
}
