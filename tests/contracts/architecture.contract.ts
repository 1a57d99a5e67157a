import { describe, expect, it } from 'vitest';
import type { ArchitectureRow, HeaderView, TensorView } from '../../src/architectures/architecture.ts';
import { architectureRows } from '../../src/architectures/registry.ts';

/** A header with those keys; shapes where a family is recognised by one. */
export function makeHeader(shapes: Readonly<Record<string, readonly number[]>>): HeaderView {
  const tensors = Object.entries(shapes).map(([name, shape]): TensorView => ({
    name,
    shape,
    dtype: { name: 'F16' },
  }));
  return { tensors, byName: new Map(tensors.map((tensor) => [tensor.name, tensor])), metadata: new Map() };
}

/**
 * What every row of the registry keeps. Call it for each, tests/unit/architectures/rows.test.ts does.
 * @param header of a whole file of the family: every key is one of a block or of a named part
 */
export function describeArchitectureContract(row: ArchitectureRow, header: HeaderView): void {
  const all = [...row.blocks, ...row.optionalBlocks];

  describe(`architecture contract: ${row.id}`, () => {
    it('names every block once', () => {
      expect(new Set(all).size).toBe(all.length);
      expect(new Set(all.map((name) => name.toLowerCase())).size).toBe(all.length);
      // A name has to stand in --block NAME=w, in a list after a comma, and in a CSV's header.
      expect(all.filter((name) => !/^[A-Za-z_][\w.]*$/.test(name))).toEqual([]);
    });

    it('is recognised, and by no other row', () => {
      const found = architectureRows().filter((one) => one.recognise(header) !== undefined);
      expect(found.map(({ id }) => id)).toEqual([row.id]);
    });

    it('knows every key as one of a block or of a named part', () => {
      const prefixes = row.parts.flatMap((part) => part.prefixes);
      const lost = header.tensors
        .map(({ name }) => name)
        .filter((key) => row.blockOf(key) === undefined)
        .filter((key) => !prefixes.some((prefix) => key.startsWith(prefix)));
      expect(lost).toEqual([]);
    });

    it('has tensors for every block, below the keys of its network', () => {
      const found = new Set(header.tensors.map(({ name }) => row.blockOf(name)));
      expect(all.filter((name) => !found.has(name))).toEqual([]);
      const inBlocks = header.tensors.filter(({ name }) => row.blockOf(name) !== undefined);
      expect(inBlocks.filter(({ name }) => !name.startsWith(row.network.prefix))).toEqual([]);
    });

    it('has a path and sides of its own blocks, each once', () => {
      for (const names of [row.path, row.sides.flat()]) {
        expect(new Set(names).size).toBe(names.length);
        expect(names.filter((name) => !row.blocks.includes(name))).toEqual([]);
      }
    });

    it('has orders that are permutations of one list with all blocks of a search', () => {
      if (row.lists === undefined) return;
      const { search, recipe, legacy, preset } = row.lists.orders;
      const sorted = search.toSorted();
      expect(recipe.toSorted()).toEqual(sorted);
      expect(legacy.toSorted()).toEqual(sorted);
      expect(row.blocks.filter((name) => !search.includes(name))).toEqual([]);
      expect(search.filter((name) => row.blocks.includes(name))).toEqual(row.blocks);
      const followers = search.filter((name) => !preset.includes(name));
      expect(Object.keys(row.lists.followers).filter((name) => !followers.includes(name))).toEqual([]);
      expect(Object.values(row.lists.followers).filter((name) => !row.blocks.includes(name))).toEqual([]);
    });

    it('has an input of the ComfyUI node for every block, each for one block', () => {
      if (row.comfyNode === undefined) return;
      const { inputs, others } = row.comfyNode;
      expect(Object.keys(inputs)).toEqual(all);
      const names = [...Object.values(inputs).flat(), ...others];
      expect(new Set(names).size).toBe(names.length);
    });

    it('tells itself from another family that is there', () => {
      if (row.tellTale === undefined) return;
      const { blocks, other } = row.tellTale;
      const theirs = architectureRows().find(({ id }) => id === other);
      expect(blocks.filter((name) => !row.blocks.includes(name))).toEqual([]);
      expect(blocks.filter((name) => theirs?.blocks.includes(name) !== false)).toEqual([]);
    });
  });
}
