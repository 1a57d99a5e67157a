import { checkLength, type Budget } from '../limits.ts';

/** The first `...` (or one of the characters for an ellipsis) of the wrapper makes room; without one the text follows it. */
export function wrapAround(wrapper: string, inner: string, budget: Budget): string {
  const room = ROOM.exec(wrapper);
  if (room === null) return checkLength(wrapper + inner, budget);
  const after = wrapper.slice(room.index + room[0].length);
  return checkLength(wrapper.slice(0, room.index) + inner + after, budget);
}

const ROOM = /[\u1801\u2026\u22EE\u22EF\u22F0\u22F1\uFE19]+|\.{3,}/;
