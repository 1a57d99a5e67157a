import { describePlace, type Node, type Variants } from '../grammar/ast.ts';
import { limitError, MAX_TAKEN, type Budget } from '../limits.ts';

/** Every ordered way to take `min` … `max` options that say different things, few first. */
export function* combinations(node: Variants, budget: Budget): Generator<readonly Node[], void, undefined> {
  const values = node.options.map((option) => option.value);
  const most = Math.min(node.max, values.length);
  for (let count = Math.min(node.min, values.length); count <= most; count++) {
    if (count > MAX_TAKEN) {
      throw limitError(
        `${describePlace(node.place)}: more than ${MAX_TAKEN} options are chosen at once; choose fewer, or mark the choice with "~".`,
      );
    }
    yield* ordered(values, count, budget);
  }
}

function* ordered(
  values: readonly Node[],
  count: number,
  budget: Budget,
): Generator<readonly Node[], void, undefined> {
  if (count <= 0) {
    yield [];
    return;
  }
  for (const value of values) {
    budget.spend(1 + values.length / 50);
    const others = values.filter((other) => other.id !== value.id);
    for (const rest of ordered(others, count - 1, budget)) yield [value, ...rest];
  }
}
