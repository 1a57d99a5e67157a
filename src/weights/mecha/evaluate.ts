/** What an sd-mecha recipe does to each block, as far as a merge of two or three checkpoints can do the same. */
import {
  badLine,
  BadLine,
  type Argument,
  type Instruction,
  type MechaRecipe,
} from '../../formats/mecha/instructions.ts';
import { shown } from '../../formats/mecha/tokens.ts';
import { findLayout, ofBlocks, ofKeys } from './layouts.ts';
import { merge } from './methods.ts';
import { everywhere } from './spread.ts';
import { NOTHING, weightsIn, type Value } from './value.ts';

export interface Evaluated {
  /** Of the last line. */
  readonly result: Value;
  /** The models that it needs, in the order of the file. */
  readonly models: readonly string[];
}

/** Only lines that the last one needs are looked at. @throws usage error `recipe-invalid` with the line and the name of what block weights cannot express */
export function evaluateMecha({ version, instructions }: MechaRecipe, file: string): Evaluated {
  const values: Value[] = [];
  const models = new Set<string>();
  const needed = neededFor(instructions);
  for (const [index, instruction] of instructions.entries()) {
    try {
      const value = needed.has(index) ? valueOf(instruction, values, version === undefined) : NOTHING;
      values.push(value);
      const { rest } = value.kind === 'tensors' ? value.spread : {};
      if (instruction.command === 'model' && rest !== undefined && 'model' in rest) models.add(rest.model);
    } catch (cause) {
      if (cause instanceof BadLine) throw badLine(file, instruction.line, cause.message);
      throw cause;
    }
  }
  return { result: values.at(-1) ?? NOTHING, models: [...models] };
}

function neededFor(instructions: readonly Instruction[]): Set<number> {
  const needed = new Set([instructions.length - 1]);
  for (const [index, { positional, named }] of [...instructions.entries()].toReversed()) {
    if (!needed.has(index)) continue;
    for (const argument of [...positional, ...named.values()]) {
      if (argument.kind === 'reference') needed.add(argument.index);
    }
  }
  return needed;
}

function valueOf(instruction: Instruction, values: readonly Value[], isOld: boolean): Value {
  const { command } = instruction;
  const resolve = (argument: Argument): Value => resolved(argument, values);
  switch (command) {
    case 'dict':
      return { kind: 'table', entries: tableOf(instruction) };
    case 'literal':
      return literalOf(instruction, resolve);
    case 'model':
      return modelOf(instruction, isOld);
    case 'merge':
      return merged(instruction, resolve, isOld);
    default:
      throw new BadLine(
        'It leaves a model open ("parameter"); give sd-mecha the model and write the recipe again',
      );
  }
}

function resolved(argument: Argument, values: readonly Value[]): Value {
  switch (argument.kind) {
    case 'reference':
      return values[argument.index] ?? NOTHING;
    case 'text':
      return { kind: 'text', value: argument.value };
    case 'number':
      return { kind: 'weights', spread: everywhere(argument.value) };
    default:
      return argument.value === null ? NOTHING : { kind: 'text', value: String(argument.value) };
  }
}

function tableOf({ named, positional }: Instruction): Map<string, number | string> {
  if (positional.length > 0) throw new BadLine('A dict needs a name before every value');
  return new Map(
    [...named].map(([name, argument]) => {
      if (argument.kind === 'number' || argument.kind === 'text') return [name, argument.value];
      throw new BadLine(`The value of ${shown(name)} is not a number or a text`);
    }),
  );
}

/** Configs of things that have no keys of their own. */
const ANY_CONFIG: readonly (string | undefined)[] = [undefined, 'singleton-mecha', 'structural'];

function literalOf({ positional, named }: Instruction, resolve: (argument: Argument) => Value): Value {
  const given = positional[0] ?? named.get('value_dict') ?? named.get('value');
  const value: Value = given === undefined ? NOTHING : resolve(given);
  const config = textOf(named.get('model_config') ?? positional[1]);
  if (value.kind !== 'table') return value;
  const single = value.entries.size === 1 ? value.entries.get('key') : undefined;
  if (single !== undefined && ANY_CONFIG.includes(config)) {
    return typeof single === 'string'
      ? { kind: 'text', value: single }
      : { kind: 'weights', spread: everywhere(single) };
  }
  const layout = findLayout(config);
  if (layout === undefined) {
    if (config === undefined) return value;
    throw new BadLine(
      `The weights are for "${shown(config)}", but only those for sd1-ldm, sdxl-sgm and their supermerger_blocks can be read`,
    );
  }
  const read = config === layout.blockConfig ? ofBlocks : ofKeys;
  return { kind: 'weights', spread: read(weightsIn(value.entries), layout) };
}

function modelOf({ positional, named }: Instruction, isOld: boolean): Value {
  const path = textOf(positional[0] ?? named.get('path'));
  const config = textOf(positional[1] ?? named.get(isOld ? 'model_arch' : 'model_config'));
  const kind = textOf(positional[2] ?? named.get(isOld ? 'model_type' : 'merge_space'));
  if (path === undefined || path === '') throw new BadLine('The model has no path');
  if (/\p{Cc}/u.test(path))
    throw new BadLine(`The path of the model has control characters: "${shown(path)}"`);
  if (kind !== undefined && kind !== (isOld ? 'base' : 'weight')) {
    throw new BadLine(
      `The model "${shown(path)}" is of kind "${shown(kind)}" (a LoRA, or a difference of models), but only whole checkpoints can be used`,
    );
  }
  const layout = isOld ? oldConfig(config ?? 'sd1') : config;
  return {
    kind: 'tensors',
    spread: everywhere({ model: path }, ANY_CONFIG.includes(layout) ? undefined : layout),
  };
}

/** The VAE and the blocks of other families are divided in other ways there. */
function oldConfig(architecture: string): string {
  const layout = findLayout(architecture);
  if (layout?.architecture === architecture) return layout.config;
  throw new BadLine(
    `Models of "${shown(architecture)}" can only be read from recipes of sd-mecha 0.1 and later, not from one without a version line`,
  );
}

function textOf(argument: Argument | undefined): string | undefined {
  if (argument === undefined || (argument.kind === 'constant' && argument.value === null)) return undefined;
  if (argument.kind === 'text') return argument.value;
  throw new BadLine('A text in quotation marks is expected, not a number or a line');
}

/** @param resolve what an argument says */
function merged(
  { positional, named }: Instruction,
  resolve: (argument: Argument) => Value,
  isOld: boolean,
): Value {
  const [first, ...rest] = positional;
  const given = new Map([...named].map(([name, argument]) => [name, resolve(argument)] as const));
  return merge(textOf(first) ?? '', rest.map(resolve), given, isOld);
}
