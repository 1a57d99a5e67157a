/** The body of `/bbwm/merge-models`: its fields, their defaults, and what is refused before any code sees it. */
import { unprocessable } from '../failures.ts';
import type { BodyIssue } from '../failures.ts';
import { float, integer, isDict, list, text } from '../pydantic.ts';

export interface MergeRequest {
  /** `memory`, or the absolute path of a file. */
  readonly destination: string;
  readonly method: string;
  readonly modelA: string;
  readonly modelB: string;
  readonly modelC: string | undefined;
  readonly baseAlpha: number;
  /** 25 times `baseAlpha` where left out. */
  readonly alpha: readonly number[] | undefined;
  readonly precision: number;
  readonly device: string;
}

export const METHODS_OF_THREE: ReadonlySet<string> = new Set([
  'add_difference',
  'sum_twice',
  'triple_sum',
  'euclidean_add_difference',
  'multiply_difference',
  'similarity_add_difference',
  'ties_add_difference',
]);
export const METHODS: ReadonlySet<string> = new Set([
  'weighted_sum',
  'weighted_subtraction',
  'tensor_sum',
  'top_k_tensor_sum',
  'distribution_crossover',
  ...METHODS_OF_THREE,
]);

/** @throws the 422 with all issues, in the order of the fields */
export function readMergeRequest(body: unknown): MergeRequest {
  if (!isDict(body)) {
    throw unprocessable({ loc: ['body'], msg: 'value is not a valid dict', type: 'type_error.dict' });
  }
  const issues: BodyIssue[] = [];
  const required = (key: string): string => {
    const value = text(body[key]);
    if (value === undefined)
      issues.push({ loc: ['body', key], msg: 'field required', type: 'value_error.missing' });
    return value ?? '';
  };
  const read = <T>(key: string, parse: (value: unknown) => T | undefined, kind: string, standard: T): T => {
    if (body[key] === undefined) return standard;
    const value = parse(body[key]);
    if (value === undefined)
      issues.push({
        loc: ['body', key],
        msg: `value is not a valid ${kind}`,
        type: `type_error.${kind}`,
      });
    return value ?? standard;
  };
  const request = {
    destination: required('destination'),
    method: required('merge_method'),
    modelA: required('model_a'),
    modelB: required('model_b'),
    modelC: text(body['model_c']),
    baseAlpha: read('base_alpha', float, 'float', 0.5),
    alpha: read<readonly number[] | undefined>('alpha', floats, 'list', undefined),
    precision: read('precision', integer, 'integer', 16),
    device: text(body['device']) ?? 'cpu',
  };
  if (issues.length > 0) throw unprocessable(...issues);
  return request;
}

function floats(value: unknown): readonly number[] | undefined {
  const numbers = list(value)?.map(float);
  const known = numbers?.filter((number) => number !== undefined);
  return known?.length === numbers?.length ? known : undefined;
}
