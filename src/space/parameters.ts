/**
 * Numbers of a merge that are no block's weight: a parameter of the merge method, the strength of a LoRA, the weight of a third model.
 * They stand beside the blocks in the same weights, under names with a colon, which no block has: `method:beta`, `lora:detail`. So
 * whatever keeps, compares or replays weights keeps them too.
 */
import { isBlockName } from '../architectures/registry.ts';
import { usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';
import type { BlockWeights } from '../architectures/architecture.ts';

/** What a way of merging takes beside the weights of blocks. */
export interface Parameter {
  /** With its colon. */
  readonly name: string;
  /** What it may be at all; of choices the positions 0 to n - 1. */
  readonly low: number;
  readonly high: number;
  /** Only whole numbers. Absent = no. */
  readonly isWhole?: boolean | undefined;
  /** It is one of these, in this order, and its number the position of one, from 0. Absent = a number. */
  readonly choices?: readonly string[] | undefined;
  /** Of a merge for which nobody has said anything; that of model A in comparisons. */
  readonly neutral: number;
  /** That of model B in comparisons; absent = the same. */
  readonly full?: number | undefined;
  /** It is of use only where another one has that number; elsewhere it is neutral. Absent = always. */
  readonly when?: { readonly name: string; readonly is: number } | undefined;
  /** It may be named for some of the blocks alone, by a name or a pattern behind an @: `ties:k@OUT*`. Absent = no. */
  readonly isPerBlock?: boolean | undefined;
}

/** What the user said of one: a number or a choice fixes it, bounds or several choices have it searched. */
export type ParameterRule =
  | number
  | { readonly low: number; readonly high: number; readonly steps?: number | undefined }
  | readonly string[];

/** As the search moves it. */
export interface SearchedParameter extends Parameter {
  /** Steps between low and high; 0 = continuous. */
  readonly intervals: number;
  /** Of choices: the position of each among all that there are, for not all of them may be tried. `low` to `high` count these. */
  readonly values?: readonly number[] | undefined;
}

/** What stands before the name of a LoRA whose strength is a parameter. */
export const LORA_PREFIX = 'lora:';

/** Strengths of a LoRA: beyond them it destroys every image. */
export const LORA_LIMITS = { low: -4, high: 4 } as const;

/** What of LoRAs is among the names of parameters: `detail`, or `detail@IN*` for the strength in some of the blocks. */
export function lorasAmong(names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith(LORA_PREFIX)).map((name) => name.slice(LORA_PREFIX.length));
}

/** What stands before the name of a number that adjusts a model. */
export const ADJUST_PREFIX = 'adjust:';

export function isParameterName(name: string): boolean {
  return name.includes(':');
}

/** Those among the weights, in their order. */
export function parametersIn(weights: BlockWeights): Record<string, number> {
  return Object.fromEntries(Object.entries(weights).filter(([name]) => isParameterName(name)));
}

/** As they are so far from their neutral values to their full ones. @param share from 0 to 1 */
export function parametersAt(parameters: readonly Parameter[], share: number): Record<string, number> {
  return Object.fromEntries(
    parameters.map(({ name, neutral, full = neutral }) => [name, neutral + share * (full - neutral)]),
  );
}

/**
 * @param rules by name, with or without what stands before the colon as long as only one is meant
 * @param known what the way takes; undefined where that is not known yet: then bounds are taken as they are
 * @param intervals of those whose rule has none
 * @returns searched ones in the order of the rules; fixed ones have low = high
 * @throws usage errors `parameter-unknown`, `parameter-invalid`
 */
export function searchedParameters(
  rules: Readonly<Record<string, ParameterRule>>,
  known: readonly Parameter[] | undefined,
  intervals: number,
): SearchedParameter[] {
  const isUsed = (parameter: Parameter): boolean => isOfUse(parameter, rules, known ?? []);
  const found = Object.entries(rules).map(([given, rule]) => {
    const parameter = known === undefined ? undefined : parameterCalled(given, known, isUsed);
    return isChoices(rule)
      ? chosen(given, rule, parameter)
      : ranged(given, typeof rule === 'number' ? { low: rule, high: rule } : rule, parameter, intervals);
  });
  for (const parameter of found) requireUse(parameter, found, known ?? []);
  const twice = found.find(({ name }, n) => found.findIndex((other) => other.name === name) < n);
  if (twice === undefined) return found;
  throw usageError('parameter-invalid', `${twice.name} is given twice: give it one range.`);
}

/** A parameter of a method that is never tried would only cost images. @throws usage error `parameter-invalid` */
function requireUse(
  { name, when }: SearchedParameter,
  searched: readonly SearchedParameter[],
  known: readonly Parameter[],
): void {
  if (when === undefined) return;
  const other = searched.find((one) => one.name === when.name);
  const owner = known.find((one) => one.name === when.name);
  const possible = other === undefined ? [owner?.neutral] : (other.values ?? [other.low]);
  if (possible.includes(when.is)) return;
  const choice = owner?.choices?.[when.is] ?? String(when.is);
  throw usageError(
    'parameter-invalid',
    `${name} only works with ${endOf(when.name)} ${choice}: give --search ${when.name}=${choice}, or leave it out.`,
  );
}

/** May what it depends on be as it needs it, by what was said of that? */
function isOfUse(
  { when }: Parameter,
  rules: Readonly<Record<string, ParameterRule>>,
  known: readonly Parameter[],
): boolean {
  if (when === undefined) return true;
  const owner = known.find(({ name }) => name === when.name);
  const rule = rules[when.name] ?? rules[endOf(when.name)] ?? owner?.neutral;
  if (rule === undefined || typeof rule === 'number') return rule === when.is;
  if (!isChoices(rule)) return true;
  const choice = owner?.choices?.[when.is];
  return choice !== undefined && rule.includes(choice);
}

/**
 * @param isUsed of several with the same end only such are meant; where none is, the first of them says what it needs
 * @throws usage error `parameter-unknown` with those that there are
 */
function parameterCalled(
  given: string,
  known: readonly Parameter[],
  isUsed: (parameter: Parameter) => boolean,
): Parameter {
  const [base = given, pattern] = given.split('@');
  if (pattern !== undefined) {
    const whole = parameterCalled(base, known, isUsed);
    if (whole.isPerBlock === true) return { ...whole, name: `${whole.name}@${pattern}` };
    throw usageError('parameter-invalid', `${whole.name} applies to the whole merge: leave out @${pattern}.`);
  }
  const exact = known.find(({ name }) => name === given);
  const ends = known.filter(({ name }) => endOf(name) === given);
  const used = ends.filter(isUsed);
  const [only, ...others] = exact === undefined ? (used.length === 0 ? ends.slice(0, 1) : used) : [exact];
  if (only !== undefined && others.length === 0) return only;
  const names = known.map(({ name }) => name);
  throw usageError(
    'parameter-unknown',
    only !== undefined
      ? `"${given}" may be ${[only, ...others].map(({ name }) => name).join(' or ')}: give the whole name.`
      : isBlockName(given)
        ? `"${given}" is a block, not a parameter: set its range with --block ${given}=LOW:HIGH.`
        : names.length === 0
          ? `There is no parameter "${given}": this backend only has block weights. Methods and their parameters need --backend checkpoint (with --models-dir) or ComfyUI.`
          : `There is no parameter "${given}".${didYouMean(given, isParameterName(given) ? names : names.map(endOf))} This backend has ${names.join(', ')}.`,
  );
}

function endOf(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function isChoices(rule: ParameterRule): rule is readonly string[] {
  return Array.isArray(rule);
}

function ranged(
  given: string,
  { low, high, steps }: { readonly low: number; readonly high: number; readonly steps?: number | undefined },
  parameter: Parameter | undefined,
  intervals: number,
): SearchedParameter {
  const { name = given, choices, isWhole = false } = parameter ?? {};
  if (choices !== undefined) {
    throw usageError(
      'parameter-invalid',
      `${name} is one of ${choices.join(', ')}: list those to try, as in ${name}=${choices.slice(0, 2).join(',')}.`,
    );
  }
  if (low > high) {
    throw usageError(
      'parameter-invalid',
      `The lower bound of ${name}, ${low}, is above its upper bound, ${high}: swap them.`,
    );
  }
  if (parameter !== undefined && (low < parameter.low || high > parameter.high)) {
    throw usageError(
      'parameter-invalid',
      `${name} goes from ${parameter.low} to ${parameter.high}; ${low === high ? low : `${low} to ${high}`} was given.`,
    );
  }
  if (isWhole && !(Number.isInteger(low) && Number.isInteger(high))) {
    throw usageError(
      'parameter-invalid',
      `${name} takes whole numbers only, not ${Number.isInteger(low) ? high : low}.`,
    );
  }
  return {
    neutral: low,
    ...parameter,
    name,
    low,
    high,
    // Every whole number is a step of its own.
    intervals: isWhole ? high - low : (steps ?? intervals),
  };
}

function chosen(
  given: string,
  asked: readonly string[],
  parameter: Parameter | undefined,
): SearchedParameter {
  const { name = given, choices } = parameter ?? {};
  if (parameter !== undefined && choices === undefined) {
    throw usageError(
      'parameter-invalid',
      `${name} is a number from ${parameter.low} to ${parameter.high}: give bounds, as in ${name}=${parameter.low}:${parameter.high}.`,
    );
  }
  const all = choices ?? asked;
  const unknown = asked.find((choice) => !all.includes(choice));
  if (unknown !== undefined) {
    throw usageError(
      'parameter-invalid',
      `${name} cannot be "${unknown}".${didYouMean(unknown, all)} It is one of ${all.join(', ')}.`,
    );
  }
  const tried = all.filter((choice) => asked.includes(choice));
  const values = tried.map((choice) => all.indexOf(choice));
  return {
    name,
    low: 0,
    high: tried.length - 1,
    choices: tried,
    values,
    neutral: parameter?.neutral ?? values[0] ?? 0,
    intervals: tried.length - 1,
  };
}
