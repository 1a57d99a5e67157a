/** Values of inputs: converted as Python does, then held against the range or the list of the node's declaration. */
import type { InputInfo } from '../object-info.ts';
import { PythonError, pythonRepr, pythonText, pythonTypeName } from '../python.ts';
import { nodeIssue } from './issues.ts';
import type { NodeIssue } from './issues.ts';

/** Longer lists are not repeated in messages. */
const LONGEST_LIST = 20;

export interface Converted {
  readonly value: unknown;
  readonly issues: readonly NodeIssue[];
}

export function convertValue(name: string, info: InputInfo, given: unknown): Converted {
  const [type, options = {}] = info;
  const choices = choicesOf(info);
  if (typeof type !== 'string' || choices !== undefined) {
    return { value: given, issues: checkChoice(name, info, choices ?? [], given) };
  }
  try {
    const value = convert(type, given);
    return { value, issues: checkRange(name, info, options, value) };
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    const issue = nodeIssue(
      'invalid_input_type',
      `Failed to convert an input value to a ${type} value`,
      `${name}, ${pythonText(given)}, ${error.message}`,
      { ...inputExtra(name, info), received_value: given, exception_message: error.message },
    );
    return { value: given, issues: [issue] };
  }
}

/** Undefined for what is no choice. */
function choicesOf([type, options = {}]: InputInfo): readonly unknown[] | undefined {
  if (typeof type !== 'string') return type;
  const { options: choices } = options;
  return type === 'COMBO' && Array.isArray(choices) ? choices : undefined;
}

/** As messages name an input: with an object of options, also where the declaration has none. */
export function inputExtra(name: string, info: InputInfo): Record<string, unknown> {
  return { input_name: name, input_config: [info[0], info[1] ?? {}] };
}

function convert(type: string, given: unknown): unknown {
  switch (type) {
    case 'INT':
      return toInt(given);
    case 'FLOAT':
      return toFloat(given);
    case 'STRING':
      return pythonText(given);
    default:
      return given;
  }
}

function toInt(given: unknown): number {
  if (typeof given === 'boolean') return Number(given);
  if (typeof given === 'number') {
    if (Number.isFinite(given)) return Math.trunc(given);
    throw new PythonError('ValueError', `cannot convert float ${pythonText(given)} to integer`);
  }
  if (typeof given === 'string') {
    if (/^\s*[+-]?\d+\s*$/u.test(given)) return Number(given);
    throw new PythonError('ValueError', `invalid literal for int() with base 10: ${pythonRepr(given)}`);
  }
  const found = pythonTypeName(given);
  throw new PythonError(
    'TypeError',
    `int() argument must be a string, a bytes-like object or a real number, not '${found}'`,
  );
}

function toFloat(given: unknown): number {
  if (typeof given === 'boolean' || typeof given === 'number') return Number(given);
  if (typeof given === 'string') {
    const text = given.trim().toLowerCase();
    if (/^[+-]?nan$/u.test(text)) return Number.NaN;
    if (/^[+-]?inf(?:inity)?$/u.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
    if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/u.test(text)) return Number(text);
    throw new PythonError('ValueError', `could not convert string to float: ${pythonRepr(given)}`);
  }
  const found = pythonTypeName(given);
  throw new PythonError('TypeError', `float() argument must be a string or a real number, not '${found}'`);
}

/** NaN is neither too small nor too big. */
function checkRange(
  name: string,
  info: InputInfo,
  options: Readonly<Record<string, unknown>>,
  value: unknown,
): NodeIssue[] {
  if (typeof value !== 'number') return [];
  const { min, max } = options;
  const text = (number: number): string => pythonText(number, info[0] === 'FLOAT');
  const extra = { ...inputExtra(name, info), received_value: value };
  if (typeof min === 'number' && value < min) {
    const message = `Value ${text(value)} smaller than min of ${text(min)}`;
    return [nodeIssue('value_smaller_than_min', message, name, extra)];
  }
  if (typeof max === 'number' && value > max) {
    const message = `Value ${text(value)} bigger than max of ${text(max)}`;
    return [nodeIssue('value_bigger_than_max', message, name, extra)];
  }
  return [];
}

function checkChoice(
  name: string,
  info: InputInfo,
  choices: readonly unknown[],
  given: unknown,
): readonly NodeIssue[] {
  if (choices.some((choice) => choice === given)) return [];
  const isLong = choices.length > LONGEST_LIST;
  const list = isLong ? `(list of length ${choices.length})` : pythonRepr(choices);
  const config = isLong ? null : inputExtra(name, info)['input_config'];
  return [
    nodeIssue('value_not_in_list', 'Value not in list', `${name}: ${pythonRepr(given)} not in ${list}`, {
      input_name: name,
      input_config: config,
      received_value: given,
    }),
  ];
}
