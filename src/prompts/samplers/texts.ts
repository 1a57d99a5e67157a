import { usageError } from '../../shared/errors.ts';
import { describePlace, isNothing, type Access, type Assignment, type Node } from '../grammar/ast.ts';
import { limitError, MAX_DEPTH } from '../limits.ts';
import { methodOf, nextText, squash, type Context, type Texts } from './context.ts';

/** The texts of a node, lazily. @throws usage errors of drawing, `prompt-variable`, `prompt-limit` */
export function textsOf(node: Node, outer: Context): Texts {
  outer.drawing.budget.spend(1);
  if (outer.depth > MAX_DEPTH) {
    throw limitError(
      `${describePlace(node.place)}: wildcards and variables nest more than ${MAX_DEPTH} levels deep; simplify them.`,
    );
  }
  const method = methodOf(node, outer);
  const context = { ...outer, method, depth: outer.depth + 1 };
  const sampler = context.drawing.samplers[method];
  if (node.type === 'assignment') {
    throw usageError(
      'prompt-variable',
      `${describePlace(node.place)}: the template only sets "\${${node.name}=…}" and nothing else; add the text that uses it.`,
    );
  }
  switch (node.type) {
    case 'literal':
      return sampler.literal(node.text);
    case 'sequence': {
      const assigned = assign(node.parts, context);
      return sampler.sequence(assigned.parts, assigned.context);
    }
    case 'variants':
      return sampler.variants(node, context);
    case 'wildcard':
      return sampler.wildcard(node, context);
    case 'wrap':
      return sampler.wrap(node, context);
    default:
      return accessed(node, context);
  }
}

/** As `textsOf`, white space squashed where that is asked for. */
export function* squashedTextsOf(node: Node, context: Context): Texts {
  for (const text of textsOf(node, context)) yield squash(text, context);
}

/** Variables hold for the whole sequence, also for what stands before them; of two of a name the last counts. */
function assign(parts: readonly Node[], context: Context): { parts: readonly Node[]; context: Context } {
  const assignments = parts.filter((part) => part.type === 'assignment');
  if (assignments.length === 0) return { parts, context };
  const variables = new Map(context.variables);
  for (const assignment of assignments) variables.set(assignment.name, valueOf(assignment, context));
  return {
    parts: parts.filter((part) => part.type !== 'assignment'),
    context: { ...context, variables },
  };
}

function valueOf(assignment: Assignment, context: Context): Node {
  const before = assignment.overwrite ? undefined : context.variables.get(assignment.name);
  if (before !== undefined) return before;
  const { value } = assignment;
  if (!assignment.immediate || value.type === 'literal') return value;
  return context.drawing.make.literal(nextText(textsOf(value, context), context), value.place);
}

function accessed(access: Access, context: Context): Texts {
  const { name, place } = access;
  const value = context.variables.get(name) ?? access.fallback;
  if (value === undefined || isNothing(value)) {
    const known = [...context.variables.keys()];
    const set = known.length === 0 ? 'none is' : `set are ${known.join(', ')}`;
    throw usageError(
      'prompt-variable',
      `${describePlace(place)}: the variable "${name}" has no value (${set}); set it with "\${${name}=…}" or give a default with "\${${name}:…}".`,
    );
  }
  if (context.accessing.includes(name)) {
    const round = [...context.accessing.slice(context.accessing.indexOf(name)), name].join(' -> ');
    throw usageError(
      'prompt-variable',
      `${describePlace(place)}: the variable "${name}" uses itself: ${round}.`,
    );
  }
  return textsOf(value, { ...context, accessing: [...context.accessing, name] });
}
