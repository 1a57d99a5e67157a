/** Weights as an sd-mecha recipe, for sd-mecha 1.0 and later. */
import type { Architecture, BlockName, BlockWeights } from '../../architectures/architecture.ts';
import { SEARCH_ORDER, unlistedInWords } from '../../architectures/sd-lists.ts';
import { MECHA_VERSION } from '../../formats/mecha/instructions.ts';
import { pythonFloat } from '../../formats/python-float.ts';
import { usageError } from '../../shared/errors.ts';
import { parametersIn } from '../../space/parameters.ts';
import { fitWeights } from '../fit.ts';
import { whatIsLostOfNamed } from '../unsupported.ts';
import type { FoundWeights } from '../weights-source.ts';
import { findLayout, toModel, unitsOf, type MechaLayout } from './layouts.ts';
import { saidOf } from './spread.ts';

export interface MechaText {
  /** Without a line break at its end: sd-mecha takes an empty last line for a damaged one. */
  readonly text: string;
  /** What it cannot hold, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * @param architecture of the models, where the weights do not say
 * @throws usage error `convert-options` for models without a name, other methods, and families that sd-mecha has no blocks for
 */
export function formatMecha(found: FoundWeights, architecture: Architecture | undefined): MechaText {
  const lines = new MechaLines();
  const names = modelsOf(found);
  requireNoParameters(found.weights);
  const layout = isUniform(found) ? undefined : layoutFor(found, architecture);
  const models = names.map((path) =>
    lines.add(`model ${quoted(path)} model_config=${quoted(layout?.config)} merge_space="weight"`),
  );
  const [a = '', b = '', c] = models;
  const difference = c === undefined ? b : lines.add(`merge "subtract" ${b} ${c}`);
  const weights = layout === undefined ? {} : fitWeights(found, layout.architecture).weights;
  const alpha = layout === undefined ? pythonFloat(found.uniform ?? 0) : weightLines(lines, weights, layout);
  const method = c === undefined ? 'weighted_sum' : 'add_difference';
  lines.add(`merge "${method}" ${a} ${difference} alpha=${alpha}`);
  const warnings = whatIsLostOfNamed(withoutSaid(found), 'mecha');
  return { text: lines.text(), warnings: [...lostLayers(weights, layout), ...warnings] };
}

/** Lines, each once; a line is called by its number. */
class MechaLines {
  readonly #lines: string[] = [];

  add(line: string): string {
    const known = this.#lines.indexOf(line);
    return `&${known === -1 ? this.#lines.push(line) - 1 : known}`;
  }

  text(): string {
    return [`version ${MECHA_VERSION}`, ...this.#lines].join('\n');
  }
}

/** One number for all that the models hold, which needs no names. */
function isUniform({
  uniform,
  weights,
  patterns = [],
  baseAlpha = 0,
  vaeWeight = baseAlpha,
}: FoundWeights): boolean {
  const isAlone = Object.keys(weights).length === 0 && patterns.length === 0;
  return uniform !== undefined && isAlone && baseAlpha === uniform && vaeWeight === uniform;
}

/** `BASE` is the text encoder's; what else differs from what sd-mecha has follow it, stands in front. */
function weightLines(lines: MechaLines, weights: BlockWeights, layout: MechaLayout): string {
  const [encoder = ''] = Object.values(layout.components)[0] ?? [];
  const own = (block: BlockName): number => weights[block === 'BASE' ? encoder : block] ?? 0;
  const blocks = new Map(layout.blocks.map((block) => [block, own(block)] as const));
  const said = toModel({ layout: layout.blockConfig, rest: undefined, at: blocks }, layout);
  let result = blockLines(lines, blocks, layout);
  for (const unit of unitsOf(layout)) {
    if (saidOf(said, unit) === own(unit)) continue;
    const keys = layout.keys[unit];
    const first =
      keys === undefined
        ? componentLines(lines, unit, own(unit), layout)
        : literalLines(lines, new Map(keys.map((key) => [key, own(unit)])), layout.config);
    result = lines.add(`merge "fallback" ${first} ${result}`);
  }
  return result;
}

/** sd-mecha wants a weight for every block, of which only the component's count. */
function componentLines(lines: MechaLines, unit: BlockName, weight: number, layout: MechaLayout): string {
  const component = Object.entries(layout.components).find(([, units]) => units.includes(unit))?.[0];
  const all = blockLines(lines, new Map(layout.blocks.map((block) => [block, weight])), layout);
  return lines.add(`merge "pick_component" ${all} ${quoted(component)}`);
}

function blockLines(lines: MechaLines, blocks: ReadonlyMap<string, number>, layout: MechaLayout): string {
  return lines.add(`merge "${layout.converter}" ${literalLines(lines, blocks, layout.blockConfig)}`);
}

function literalLines(lines: MechaLines, weights: ReadonlyMap<string, number>, config: string): string {
  // A number without a point is an integer there, with which tensors are not merged.
  const entries = [...weights].map(([name, weight]) => `${name}=${pythonFloat(weight)}`);
  const dict = lines.add(`dict ${entries.join(' ')}`);
  return lines.add(`literal ${dict} model_config=${quoted(config)} merge_space="param"`);
}

function quoted(text: string | undefined): string {
  return text === undefined ? 'null' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', String.raw`\"`)}"`;
}

/** Their names as files. @throws usage error `convert-options` */
function modelsOf({ models, method }: FoundWeights): string[] {
  if (method !== undefined && method !== 'weighted-sum' && method !== 'add-difference') {
    throw usageError(
      'convert-options',
      `The weights use the method ${method}, but an sd-mecha recipe supports only weighted-sum and add-difference: convert them with --to json.`,
    );
  }
  const roles = method === 'add-difference' ? (['a', 'b', 'c'] as const) : (['a', 'b'] as const);
  return roles.map((role) => {
    const name = (models[role] ?? '').trim().replace(/ \[[0-9a-f]+\]$/i, '');
    if (name === '') {
      const how = role === 'c' ? 'use a source that does' : `give --model-${role}`;
      throw usageError(
        'convert-options',
        `An sd-mecha recipe needs model names, but the source does not name model ${role.toUpperCase()}: ${how}.`,
      );
    }
    if (/[=\p{Cc}]/u.test(name)) {
      throw usageError(
        'convert-options',
        `sd-mecha cannot read a model's name with an equals sign or a control character, and model ${role.toUpperCase()} is "${name}": rename the file, or give --model-${role}.`,
      );
    }
    return /\.(safetensors|ckpt|pt)$/i.test(name) ? name : `${name}.safetensors`;
  });
}

/** @throws usage error `convert-options` */
function requireNoParameters(weights: BlockWeights): void {
  const lost = unlistedInWords(parametersIn(weights));
  if (lost === undefined) return;
  throw usageError(
    'convert-options',
    `autombw can only write block weights into an sd-mecha recipe, not ${lost}: convert them with --to json.`,
  );
}

const LATE: readonly BlockName[] = SEARCH_ORDER.filter((name) => /(?:09|10|11)$/.test(name));

/** @throws usage error `convert-options` where the models may be of several families, or of none that sd-mecha has blocks for */
function layoutFor(found: FoundWeights, given: Architecture | undefined): MechaLayout {
  const candidates = given === undefined ? (found.architectures ?? guesses(found)) : [given];
  const layouts = candidates.flatMap((name) => findLayout(name) ?? []);
  const [layout] = layouts;
  if (layout !== undefined && layouts.length === 1) return layout;
  throw usageError(
    'convert-options',
    layout === undefined
      ? `sd-mecha only has block weights for Stable Diffusion 1 and XL, but these are for ${candidates.join(' or ') || Object.keys(found.weights).slice(0, 2).join(', ')}: convert them with --to json.`
      : 'These weights could be for Stable Diffusion 1 or XL: give --architecture sd1 or --architecture sdxl.',
  );
}

/** By the blocks that only one of the two has. */
function guesses({ weights, patterns = [] }: FoundWeights): Architecture[] {
  const names = Object.keys(weights);
  if (names.some((name) => /^(?:LABEL_EMB|CLIP_[LG])\b/.test(name))) return ['sdxl'];
  if (LATE.some((name) => (weights[name] ?? 0) !== 0) || names.some((name) => /^TE\b/.test(name)))
    return ['sd1'];
  if (names.includes('IN00') && !LATE.some((name) => names.includes(name))) return ['sdxl'];
  const isListed = names.every((name) => SEARCH_ORDER.includes(name));
  return isListed && patterns.every(([pattern]) => !pattern.includes('.')) ? ['sd1', 'sdxl'] : [];
}

/** Layers of a text encoder that have a weight of their own. */
function lostLayers(weights: BlockWeights, layout: MechaLayout | undefined): string[] {
  const units = layout === undefined ? [] : unitsOf(layout);
  const lost = Object.keys(weights).filter(
    (name) => /^(?:TE|CLIP_[LG])\./.test(name) && !units.includes(name),
  );
  if (lost.length === 0) return [];
  const shown = lost.slice(0, 3).map((name) => `${name} (${weights[name]})`);
  const more = lost.length > shown.length ? ` and ${lost.length - shown.length} more` : '';
  return [`mecha cannot store text encoder layers: ${shown.join(', ')}${more} follow the whole encoder.`];
}

/** What the recipe has a place for is not lost. */
function withoutSaid({
  baseAlpha: _,
  vaeWeight: __,
  method: ___,
  models,
  ...rest
}: FoundWeights): FoundWeights {
  const { c: ____, ...others } = models;
  return { ...rest, models: others };
}
