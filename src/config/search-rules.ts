/** What a configuration says of parameters beside the block weights, and which merges it needs for that. */
import {
  adjustsAmong,
  METHOD_PARAMETER,
  parametersOfMerges,
  requireModelCount,
} from '../checkpoints/searched-merge.ts';
import { knowsAll, methodsOfWay, waysThatKnow } from '../checkpoints/methods/ways.ts';
import { settableOf } from '../checkpoints/methods/given-parameters.ts';
import { mergeMethod, USUAL_METHOD } from '../checkpoints/methods/registry.ts';
import { usageError } from '../shared/errors.ts';
import { lorasAmong, type ParameterRule } from '../space/parameters.ts';

/** The method that gives every model a weight of its own in every block. */
const SHARING = 'multi-sum';

interface MergeOptions {
  readonly method?: string | undefined;
  readonly modelC?: string | undefined;
  readonly model?: readonly string[] | undefined;
  readonly search: Readonly<Record<string, ParameterRule>>;
  readonly shares?: boolean | undefined;
}

/** The rules of parameters, that of `--method` among them. @throws usage error `config-invalid` where it is said twice */
export function searchRules({ method, search }: MergeOptions): Readonly<Record<string, ParameterRule>> {
  if (method === undefined) return search;
  const twice = ['method', METHOD_PARAMETER].find((name) => search[name] !== undefined);
  if (twice !== undefined) {
    throw usageError(
      'config-invalid',
      `--method ${method} and --search ${twice} contradict each other: give only one of them.`,
    );
  }
  return { [METHOD_PARAMETER]: [method], ...search };
}

/** Methods that a search may merge with; none where it is the usual one. */
export function methodsOf(config: MergeOptions): readonly string[] {
  const rules = searchRules(config);
  const rule = rules[METHOD_PARAMETER] ?? rules['method'];
  return Array.isArray(rule) ? rule : [];
}

/** Methods that a way of merging must know: the usual one, too, where only its order or its parameters are searched. */
export function methodsNeeded(config: MergeOptions): readonly string[] {
  const methods = methodsOf(config);
  const known = new Set(
    parametersOfMerges().flatMap(({ name }) => [name, name.slice(name.indexOf(':') + 1)]),
  );
  const isNamed = Object.keys(config.search).some((name) => known.has(name.split('@')[0] ?? name));
  return methods.length === 0 && isNamed ? [USUAL_METHOD] : methods;
}

/** What adjusts merged files without a model B, `adjust:contrast` …, none where they only have LoRAs; undefined where there is a model B. */
export function adjustsAlone({
  modelA,
  modelB,
  backend,
  search,
}: Pick<MergeOptions, 'search'> & Readonly<Record<'modelA' | 'modelB' | 'backend', string>>):
  readonly string[] | undefined {
  const adjusts = adjustsAmong(Object.keys(search));
  const isAlone = adjusts.length > 0 || lorasAmong(Object.keys(search)).length > 0;
  return backend === 'checkpoint' && modelA === modelB && isAlone ? adjusts : undefined;
}

/**
 * Files of different names can be the same model, too: the server finds that.
 * @throws usage error `config-invalid` where model A would be merged with itself
 */
export function checkModels({
  modelA,
  modelB,
  search,
}: Pick<MergeOptions, 'search'> & Readonly<Record<'modelA' | 'modelB', string>>): void {
  const names = Object.keys(search);
  if (modelA !== modelB || lorasAmong(names).length > 0 || adjustsAmong(names).length > 0) return;
  throw usageError(
    'config-invalid',
    `--model-a and --model-b are the same model ("${modelA}"); choose two different ones.`,
  );
}

/** Model C and further ones. */
export function otherModels({
  modelC,
  model = [],
}: Pick<MergeOptions, 'modelC' | 'model'>): readonly string[] {
  return [...(modelC === undefined ? [] : [modelC]), ...model];
}

/** What the weights of model C and further ones are called where blocks are shared out. */
export function sharedModels(config: Pick<MergeOptions, 'modelC' | 'model'>): string[] {
  const names = settableOf(mergeMethod(SHARING)).map(({ name }) => `${SHARING}:${name}`);
  return names.slice(0, otherModels(config).length);
}

/** @throws usage errors `model-c`, `method-unknown`, `config-invalid` */
export function checkMerges(
  config: MergeOptions & Readonly<Record<'modelA' | 'modelB' | 'backend', string>>,
): void {
  const methods = methodsOf(config);
  if (methods.length > 0 && adjustsAlone(config) !== undefined) {
    throw usageError(
      'config-invalid',
      '--method needs a model B to merge: give --model-b, or leave out --method.',
    );
  }
  if (config.shares === true && !(methods.length === 1 && methods[0] === SHARING)) {
    throw usageError(
      'config-invalid',
      `--shares works only with --method ${SHARING}, but ${methods.length === 0 ? 'no --method' : `--method ${methods.join(', ')}`} was given: use --method ${SHARING}, or leave out --shares.`,
    );
  }
  const others = otherModels(config);
  if (methods.length === 0 && others.length > 0) {
    throw usageError(
      'model-c',
      `The default method merges A and B only, but ${others[0] ?? ''} was given too: choose a --method for more models, such as add-difference or train-difference.`,
    );
  }
  requireModelCount(methods, 2 + others.length);
  if (config.backend === 'auto' || knowsAll(config.backend, methods)) return;
  const ways = waysThatKnow(methods).map(
    (way) => `--backend ${way}${way === 'checkpoint' ? ' (with --models-dir)' : ''}`,
  );
  const own = methodsOfWay(config.backend);
  const merges = own.length === 0 ? 'only by its own weighted sum of A and B' : `only by ${own.join(', ')}`;
  throw usageError(
    'config-invalid',
    `${config.backend} merges ${merges}, but --method ${methods.join(', ')} was given: use ${ways.join(' or ')}.`,
  );
}
