import type { Access, Assignment, Literal, Node, Place, Sequence, Variants, Wildcard, Wrap } from './ast.ts';

/** Makes nodes and numbers them by what they say, places left out. One for each drawing. */
export interface NodeMaker {
  literal(text: string, place: Place): Literal;
  sequence(parts: readonly Node[], place: Place): Sequence;
  variants(said: Omit<Variants, 'type' | 'id'>): Variants;
  wildcard(said: Omit<Wildcard, 'type' | 'id'>): Wildcard;
  access(said: Omit<Access, 'type' | 'id'>): Access;
  assignment(said: Omit<Assignment, 'type' | 'id'>): Assignment;
  wrap(said: Omit<Wrap, 'type' | 'id'>): Wrap;
}

export function createNodeMaker(): NodeMaker {
  const known = new Map<string, number>();
  const number = (...words: readonly unknown[]): number => {
    const key = JSON.stringify(words);
    const found = known.get(key);
    if (found !== undefined) return found;
    known.set(key, known.size);
    return known.size - 1;
  };
  return {
    literal: (text, place) => ({ type: 'literal', id: number('literal', text), text, place }),
    sequence: (parts, place) => {
      const ids = parts.map((part) => part.id);
      return { type: 'sequence', id: number('sequence', ids), parts, place };
    },
    variants: (said) => {
      const options = said.options.map((option) => [option.value.id, option.weight]);
      // A range the wrong way round is meant the right way round.
      const min = Math.max(0, Math.min(said.min, said.max));
      const max = Math.max(said.min, said.max);
      const id = number('variants', options, min, max, said.separator, said.method);
      return { ...said, type: 'variants', id, min, max };
    },
    wildcard: (said) => {
      const variables = [...said.variables].map(([name, value]) => `${value.id} ${name}`).toSorted();
      return { ...said, type: 'wildcard', id: number('wildcard', said.path.id, variables, said.method) };
    },
    access: (said) => ({ ...said, type: 'access', id: number('access', said.name, said.fallback?.id) }),
    assignment: (said) => ({
      ...said,
      type: 'assignment',
      id: number('assignment', said.name, said.value.id, said.immediate, said.overwrite),
    }),
    wrap: (said) => ({ ...said, type: 'wrap', id: number('wrap', said.wrapper.id, said.inner.id) }),
  };
}
