/** Networks of transformers as files have them: real key names, and a few numbers for each. */
import { z } from 'zod';
import { architectureRow } from '../../../architectures/registry.ts';
import type { Architecture } from '../../../space/blocks.ts';
import { UNET_PREFIX } from '../state-dict.ts';
import type { Shapes } from '../shapes.ts';
import KEYS from './keys.json' with { type: 'json' };

const shapes = z.record(z.string(), z.array(z.int()));
/** By family: the keys of one block of each group, and those outside of the numbered blocks. */
const keysSchema = z.record(z.string(), z.object({ blocks: z.record(z.string(), shapes), rest: shapes }));
const FAMILIES = keysSchema.parse(KEYS);

/** Undefined for families that are no transformers. */
export function networkShapes(architecture: Architecture): Shapes | undefined {
  const { layout } = architectureRow(architecture);
  if (layout === undefined) return undefined;
  const { family, counts, parts } = layout;
  const { blocks = {}, rest = {} } = FAMILIES[family.id] ?? {};
  const numbered = family.groups.flatMap(({ start }, group) =>
    Array.from({ length: counts[group] ?? 0 }, (_, number) =>
      Object.entries(blocks[start] ?? {}).map(([key, shape]) => [`${start}${number}.${key}`, shape] as const),
    ).flat(),
  );
  const others = parts.flatMap((part): [string, number[]][] => {
    const known = Object.entries(rest).filter(([key]) => key === part || key.startsWith(`${part}.`));
    // What a file has beyond the usual.
    return known.length > 0 ? known : [[`${part}.weight`, [4]]];
  });
  return [...numbered, ...others].map(([key, shape]) => [UNET_PREFIX + key, shape] as const);
}
