/** Weights from an sd-mecha recipe (`.mecha`), where two or three checkpoints and a weight for each block give the same. */
import type { BlockName } from '../../architectures/architecture.ts';
import { partBlocksOf } from '../../architectures/registry.ts';
import { parseMecha } from '../../formats/mecha/instructions.ts';
import { shown } from '../../formats/mecha/tokens.ts';
import { usageError } from '../../shared/errors.ts';
import { readGivenText } from '../../shared/files/given-text.ts';
import type { FoundWeights } from '../weights-source.ts';
import { evaluateMecha } from './evaluate.ts';
import { findLayout, unitsOf, type MechaLayout } from './layouts.ts';
import { saidOf, type Spread } from './spread.ts';
import type { Merged, Mix } from './value.ts';

/** @throws usage errors `recipe-unreadable`, `recipe-invalid` with the line and what block weights cannot express */
export async function readMechaFile(file: string): Promise<FoundWeights> {
  return readMechaText(await readGivenText(file, 'The recipe', 'recipe-unreadable'), file);
}

/** @param file what the text is of, for messages; @throws usage error `recipe-invalid`, as {@link readMechaFile} */
export function readMechaText(text: string, file: string): FoundWeights {
  const { result, models } = evaluateMecha(parseMecha(text, file), file);
  if (result.kind === 'tensors') return fromResult(result.spread, models, file);
  throw unsayable(file, 'its last line is not a merge of checkpoints');
}

function fromResult(result: Spread<Mix>, models: readonly string[], file: string): FoundWeights {
  const layout = findLayout(result.layout);
  const blocks = layout === undefined ? [] : [...new Set([...unitsOf(layout), ...result.at.keys()])];
  const mixes = new Map(blocks.map((block) => [block, saidOf(result, block)] as const));
  const all = layout === undefined ? [result.rest, ...result.at.values()] : [...mixes.values()];
  const roles = rolesOf(all, models, file);
  const weightOf = (mix: Mix | undefined, where: string): number => weightIn(mix, roles, file, where);
  const found = {
    origin: `the sd-mecha recipe ${file}`,
    models: roles,
    sha256: {},
    ...(roles.c !== undefined && { method: 'add-difference' }),
  };
  if (layout === undefined) {
    const weight = weightOf(result.rest, 'the models');
    return { ...found, weights: {}, uniform: weight, baseAlpha: weight };
  }
  const weights = new Map([...mixes].map(([block, mix]) => [block, weightOf(mix, block)] as const));
  return { ...found, architectures: [layout.architecture], ...withWholeParts(weights, layout) };
}

type Roles = Omit<Merged, 'weight'>;

/** @throws usage error `recipe-invalid` where blocks are of different models, or of one alone */
function rolesOf(mixes: readonly (Mix | undefined)[], models: readonly string[], file: string): Roles {
  const plain = mixes.flatMap((mix) => (mix !== undefined && 'model' in mix ? [mix.model] : []));
  const merged = mixes.flatMap((mix) => (mix !== undefined && !('model' in mix) ? [mix] : []));
  const [first] = merged;
  if (first === undefined) {
    // All weights are 0 or 1, so that no block tells which model is which.
    const [a, b, c, more] = models;
    if (a === undefined || b === undefined) throw unsayable(file, 'it has fewer than two models');
    if (more === undefined && (c === undefined || plain.every((model) => model === a))) {
      return { a, b, ...(c !== undefined && { c }) };
    }
    throw unsayable(file, 'it picks blocks of more than two models');
  }
  const { weight: _, ...roles } = first;
  const other = merged.find(({ a, b, c }) => a !== roles.a || b !== roles.b || c !== roles.c);
  if (other === undefined) return roles;
  throw unsayable(file, `some blocks are merged from ${named(roles)}, and others from ${named(other)}`);
}

/** @throws usage error `recipe-invalid` for a block that is left out, or as a third model has it */
function weightIn(mix: Mix | undefined, roles: Roles, file: string, where: string): number {
  if (mix === undefined) {
    throw unsayable(
      file,
      `it does not cover ${where}, whose tensors sd-mecha drops from the result. In sd-mecha, "recipe | model_a" takes them from model A`,
    );
  }
  if (!('model' in mix)) return mix.weight;
  if (mix.model === roles.a) return 0;
  if (mix.model === roles.b && roles.c === undefined) return 1;
  throw unsayable(
    file,
    `${where} comes from ${shown(mix.model)}, which a merge of ${named(roles)} cannot produce`,
  );
}

/** Layers of a text encoder that have one weight are one block; of encoders that have one weight this is base alpha. */
function withWholeParts(
  weights: ReadonlyMap<BlockName, number>,
  { architecture }: MechaLayout,
): Pick<FoundWeights, 'weights' | 'baseAlpha' | 'vaeWeight'> {
  const left = new Map(weights);
  const parts = partBlocksOf(architecture);
  for (const { name, layers } of parts) {
    const said = layers.map((layer) => weights.get(layer));
    const [first] = said;
    if (first === undefined || said.some((weight) => weight !== first)) continue;
    for (const layer of layers) left.delete(layer);
    left.set(name, first);
  }
  const names = parts.filter(({ layers }) => layers.length > 0).map(({ name }) => name);
  const [encoder, ...others] = names.map((name) => left.get(name));
  const vae = left.get('VAE') ?? 0;
  const isWhole = parts.every(({ layers }) => !layers.some((layer) => left.has(layer)));
  if (!isWhole || encoder === undefined || others.some((weight) => weight !== encoder)) {
    return { weights: Object.fromEntries(left) };
  }
  for (const name of [...names, 'VAE']) left.delete(name);
  return {
    weights: Object.fromEntries(left),
    baseAlpha: encoder,
    ...(vae !== encoder && { vaeWeight: vae }),
  };
}

function named({ a, b, c }: Roles): string {
  return [a, b, ...(c === undefined ? [] : [c])].map((model) => shown(model)).join(' and ');
}

function unsayable(file: string, why: string): Error {
  return usageError('recipe-invalid', `${file} cannot be expressed as one weight per block: ${why}.`);
}
