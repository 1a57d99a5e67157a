import fs from 'node:fs';
import path from 'node:path';
import type { GivenAdjust } from '../../../checkpoints/adjust.ts';
import { titleOf } from '../../../checkpoints/architecture.ts';
import { findLocally } from '../../../checkpoints/local-path.ts';
import { warningsOfMerge } from '../../../checkpoints/warnings.ts';
import { hashFile } from '../../../shared/hashes/file-hash.ts';
import {
  mergeCheckpoints,
  prepareMerge,
  type MergeResult,
  type MergeSettings,
  type PreparedMerge,
} from '../../../checkpoints/merge.ts';
import { MODEL_LETTERS, MODEL_ROLES, type ModelRole } from '../../../checkpoints/metadata.ts';
import { describeNumbers } from '../../../checkpoints/numbers.ts';
import { checkOutput, findLeftovers } from '../../../checkpoints/output-file.ts';
import { openCheckpoint } from '../../../checkpoints/checkpoint-file.ts';
import { printable } from '../../../shared/safetensors/strict-json.ts';
import { byteSize } from '../../../shared/byte-size.ts';
import { usageError } from '../../../shared/errors.ts';
import { mergeMethod } from '../../../checkpoints/methods/registry.ts';
import { readSearchedMerge, type SearchedMerge } from '../../../checkpoints/searched-merge.ts';
import { parametersIn } from '../../../space/parameters.ts';
import type { Architecture, BlockWeights } from '../../../space/blocks.ts';
import { divisionMeant, fitWeights } from '../../../weights/fit.ts';
import type { FoundWeights } from '../../../weights/weights-source.ts';
import { EXIT, type CliOutput, type CommandContext } from '../../cli-process.ts';
import { lorasOfWeights, mergeWithLoras } from './merge-loras.ts';
import { findWeights } from './merge-weights.ts';
import { combineParameters, type ParameterFlag } from './method-parameters.ts';
import { parameterLines } from './parameter-lines.ts';
import { NUMBERS_UNREAD, plainLines } from './number-lines.ts';
import { weightLines } from '../summary.ts';
import { writeCheckpoint } from './write-checkpoint.ts';
import { counted } from '../../../shared/counted.ts';
import { duration } from '../../../shared/duration.ts';

export interface MergeOptions {
  readonly recipe?: string;
  readonly weights?: string;
  readonly order?: 'search' | 'recipe' | 'legacy';
  readonly run?: string;
  readonly iteration?: number;
  readonly modelA?: string;
  readonly modelB?: string;
  readonly modelC?: string;
  /** Where the LoRAs lie whose strengths stand among the weights. */
  readonly loraDir?: string;
  /** C, if it is not given, and those behind it. */
  readonly model?: readonly string[];
  readonly output: string;
  readonly method?: string;
  readonly param?: readonly ParameterFlag[];
  readonly adjust?: GivenAdjust;
  readonly dtype?: 'keep' | 'fp16' | 'bf16' | 'fp32' | 'fp8-scaled';
  readonly positionIds?: 'keep' | 'fix';
  readonly pruneEma?: boolean;
  readonly allowNonFinite?: boolean;
  readonly vae?: string;
  readonly hashes: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Keys that a report lists by name; the rest is a count. */
const MOST_LISTED = 5;

export async function mergeCommand(context: CommandContext, options: MergeOptions): Promise<number> {
  const { stdout } = context.process;
  const found = await findWeights(options);
  const asked = await settingsOf(options, found);
  // Of the weights only those by name are known yet, and they may be of what the files lack.
  const { modelC: _, moreModels: __, method: ___, ...pair } = asked;
  const unweighted = prepareMerge({ ...pair, weights: {}, parameters: {} });
  const architecture = divisionMeant(found, unweighted.plan.architecture);
  if (found.isLora === true) {
    throw usageError(
      'weights-architecture',
      `The weights (${found.origin}) are for the blocks of a LoRA, but a checkpoint has more blocks: give 27 numbers, or 25 in preset order.`,
    );
  }
  const fitted = fitWeights(found, architecture).weights;
  const told = searchedOf(fitted, architecture);
  const { modelA, modelB = modelA } = asked;
  const adjust = combined(told.adjust, asked.adjust);
  // A search without a model B names A twice.
  const isAlone = modelA === modelB && adjust !== undefined;
  const settings: MergeSettings = isAlone
    ? { ...asked, modelB: undefined, weights: {}, method: undefined, parameters: undefined, adjust }
    : {
        ...asked,
        ...told,
        ...taken(asked, told.method),
        adjust,
        ...(told.isSwapped === true && { modelA: modelB, modelB: modelA }),
        method: options.method ?? told.method ?? asked.method,
        parameters: combineParameters(
          { ...told.parameters, ...asked.parameters },
          options.param ?? [],
          architecture,
        ),
      };
  const prepared = prepareMerge(settings);
  const loras = lorasOfWeights(fitted, { loraDir: options.loraDir, modelA });
  if (loras.length > 0) {
    const words = { text: describe(prepared, found, stdout), facts: facts(prepared, found) };
    const told = { ...words, warnings: warningsOf(prepared) };
    return mergeWithLoras(context, {
      merge: settings,
      told: modelA === modelB && !isAlone ? undefined : told,
      loras,
      isDry: options.dryRun === true,
      isJson: options.json === true,
    });
  }
  if (options.dryRun === true) return dryRun(context, prepared, found, options.json === true);
  return writeCheckpoint(
    context,
    (watch) => mergeCheckpoints(settings, watch),
    (result, seconds) => {
      warn(context, result, found);
      for (const warning of warningsOf(result)) context.note(`! ${warning}`);
      if (options.json === true) context.printJson({ ...facts(result, found), seconds });
      else {
        context.print(
          `${describe(result, found, stdout)}\nWrote ${settings.output}: ${byteSize(result.bytes)} in ${duration(seconds)}, ${byteSize(result.bytes / seconds)}/s`,
        );
      }
    },
  );
}

/** Of the models behind B those that a method takes: a search of several methods gives all of them the same models. */
function taken(
  { modelC, moreModels = [] }: MergeSettings,
  method: string | undefined,
): Pick<MergeSettings, 'modelC' | 'moreModels'> {
  if (method === undefined || modelC === undefined) return { modelC, moreModels };
  const [c, ...more] = [modelC, ...moreModels].slice(0, mergeMethod(method).models.most - 2);
  return { modelC: c, moreModels: more };
}

/** What a search has found beside the block weights. */
function searchedOf(
  weights: BlockWeights,
  architecture: Architecture,
): Partial<SearchedMerge> & Pick<SearchedMerge, 'weights'> {
  if (Object.keys(parametersIn(weights)).length === 0) return { weights };
  return readSearchedMerge(weights, architecture);
}

/** Flags beat what the recipe says; the recipe beats the standard. */
async function settingsOf(options: MergeOptions, found: FoundWeights): Promise<MergeSettings> {
  const method = options.method ?? found.method;
  const isSameMethod = method === found.method;
  const others = othersOf(options, found, isSameMethod);
  const vae =
    options.vae ?? (found.models.vae === undefined ? undefined : modelPath('vae', undefined, found));
  const modelA = modelPath('a', options.modelA, found);
  const modelB = isAdjustedAlone(options, found) ? undefined : modelPath('b', options.modelB, found);
  const renamed = await renamedModels({ a: modelA, b: modelB, ...others, vae }, found);
  const [modelC, ...moreModels] = Object.values(others);
  return {
    modelA,
    modelB,
    modelC,
    moreModels,
    vae,
    names: renamed.names,
    output: options.output,
    weights: found.weights,
    method,
    parameters: isSameMethod ? found.parameters : undefined,
    adjust: combined(found.adjust, options.adjust),
    dtype: options.dtype ?? found.dtype,
    positionIds: options.positionIds ?? found.positionIds,
    pruneEma: options.pruneEma ?? found.pruneEma,
    allowNonFinite: options.allowNonFinite,
    force: options.force,
    name: found.name,
    hashes: options.hashes ? renamed.hashes : false,
  };
}

/** The later ones beat the earlier; undefined where nothing is adjusted. */
function combined(before: GivenAdjust = {}, after: GivenAdjust = {}): GivenAdjust | undefined {
  const adjust = { ...before, ...after };
  return Object.keys(adjust).length === 0 ? undefined : adjust;
}

/** There is no model B, and nothing that would need one. */
function isAdjustedAlone({ modelB, adjust }: MergeOptions, found: FoundWeights): boolean {
  const { models, weights, uniform, patterns = [] } = found;
  if (modelB !== undefined || models.b !== undefined || uniform !== undefined) return false;
  return (adjust ?? found.adjust) !== undefined && Object.keys(weights).length + patterns.length === 0;
}

/** The models behind A and B by their letters: those that are given, in their order, and of a recipe of the same method what is not. */
function othersOf(
  { modelC, model = [] }: MergeOptions,
  found: FoundWeights,
  isSameMethod: boolean,
): Partial<Record<ModelRole, string>> {
  const given = [...(modelC === undefined ? [] : [modelC]), ...model];
  const letters = MODEL_LETTERS.slice(2);
  if (given.length > letters.length) {
    throw usageError(
      'model-c',
      `A merge takes at most ${MODEL_LETTERS.length} models, not ${given.length + 2}.`,
    );
  }
  const others: Partial<Record<ModelRole, string>> = {};
  for (const [i, role] of letters.entries()) {
    const file =
      given[i] ??
      (isSameMethod && found.models[role] !== undefined ? modelPath(role, undefined, found) : undefined);
    if (file === undefined) break;
    others[role] = file;
  }
  return others;
}

/** A model that has another name by now but the content that the recipe tells keeps its old name: the same merge, the same bytes. */
async function renamedModels(
  files: Readonly<Partial<Record<ModelRole, string | undefined>>>,
  { models, sha256: known }: FoundWeights,
): Promise<{ names: Partial<Record<ModelRole, string>>; hashes: Partial<Record<ModelRole, string>> }> {
  const names: Partial<Record<ModelRole, string>> = {};
  const hashes: Partial<Record<ModelRole, string>> = {};
  for (const role of MODEL_ROLES) {
    const [file, name] = [files[role], models[role]];
    if (file === undefined || name === undefined || known[role] === undefined) continue;
    if (path.basename(file) === name || !fs.existsSync(file)) continue;
    const hash = await hashFile(openCheckpoint(file));
    hashes[role] = hash;
    if (hash === known[role]) names[role] = name;
  }
  return { names, hashes };
}

const FLAGS: Readonly<Partial<Record<ModelRole, string>>> = {
  a: '--model-a',
  b: '--model-b',
  c: '--model-c',
  vae: '--vae',
};

/** A model that the recipe names is taken where it lies under that name, here or in the folder that the run had its models in. */
function modelPath(
  role: ModelRole,
  given: string | undefined,
  { models, modelsDir, origin }: FoundWeights,
): string {
  const named = models[role];
  const flag = FLAGS[role] ?? '--model';
  if (given !== undefined) return given;
  if (named !== undefined && fs.existsSync(named)) return named;
  const local =
    named !== undefined && modelsDir !== undefined && fs.existsSync(modelsDir)
      ? findLocally(named, modelsDir)
      : undefined;
  if (local !== undefined) return local;
  throw usageError(
    'model-missing',
    named === undefined
      ? `Give the model file with ${flag}.`
      : `${origin} names ${named}, which was not found: give its path with ${flag}.`,
  );
}

function dryRun(
  context: CommandContext,
  prepared: PreparedMerge,
  found: FoundWeights,
  json: boolean,
): number {
  const { settings, files, bytes } = prepared;
  const inputs = Object.values(files).map((file) => file.path);
  checkOutput({ path: settings.output, inputs, force: settings.force ?? false, bytes });
  for (const warning of warningsOf(prepared)) context.note(`! ${warning}`);
  if (json)
    context.printJson({ ...facts(prepared, found), leftovers: findLeftovers(path.dirname(settings.output)) });
  else
    context.print(
      `${describe(prepared, found, context.process.stdout)}\nWould write ${settings.output}: ${byteSize(bytes)} (dry run). ${NUMBERS_UNREAD}`,
    );
  return EXIT.ok;
}

/** The recipe's models are known by their content where it was hashed. */
function warn(context: CommandContext, { recipe }: PreparedMerge, { sha256, origin }: FoundWeights): void {
  for (const role of MODEL_ROLES) {
    const known = sha256[role];
    const model = recipe.models[role];
    if (known === undefined || model === undefined || model.sha256 === null || known === model.sha256)
      continue;
    context.note(
      `! ${model.file} is not the model named in ${origin}: its SHA-256 begins with ${model.sha256.slice(0, 10)}, not ${known.slice(0, 10)}.`,
    );
  }
}

/** Of a dry run only what the headers tell. */
function warningsOf(prepared: PreparedMerge | MergeResult): string[] {
  const warnings = warningsOfMerge(prepared);
  if (!('numbers' in prepared)) return warnings;
  const { numbers, plan } = prepared;
  const blocks = Object.keys(plan.merged).length;
  const isSame = blocks > 0 && numbers.equal.length === blocks;
  return [
    ...warnings,
    ...describeNumbers(numbers),
    ...(isSame
      ? [
          'Models A and B are identical in every merged block: whatever the weights are, the result is model A.',
        ]
      : []),
  ];
}

function facts(prepared: PreparedMerge | MergeResult, { origin }: FoundWeights): Record<string, unknown> {
  const { plan, recipe, settings, bytes } = prepared;
  const { merged, onlyInA, onlyInB, mismatched, pruned, fromVae, tensors } = plan;
  return {
    output: settings.output,
    bytes,
    weightsFrom: origin,
    recipe,
    tensors: tensors.length,
    merged,
    onlyInA,
    onlyInB,
    mismatched,
    pruned,
    fromVae,
    warnings: warningsOf(prepared),
    ...('numbers' in prepared ? { numbers: prepared.numbers } : {}),
  };
}

function describe(
  { plan, recipe, files }: PreparedMerge,
  { origin }: FoundWeights,
  stdout: CliOutput,
): string {
  const merged = Object.values(plan.merged).reduce((sum, count) => sum + count, 0);
  const blocks = Object.keys(plan.merged).length;
  const isMerge = files.b !== undefined;
  const changed = isMerge ? merged : plan.tensors.filter(({ job }) => job.adjustment !== undefined).length;
  const fromA = plan.tensors.length - changed - plan.fromVae;
  const models = Object.entries(files).map(([role, file]) => `${role.toUpperCase().padEnd(4)} ${file.path}`);
  return [
    `${titleOf(plan.architecture)}, ${isMerge ? `${recipe.method}, weights from ${origin}` : 'adjusted'}`,
    ...models,
    ...weightLines(recipe.weights, stdout),
    ...parameterLines(recipe),
    `${counted(plan.tensors.length, 'tensor')}: ${isMerge ? `${merged} merged in ${counted(blocks, 'block')}` : `${changed} adjusted`}, ${fromA} from model A${plan.fromVae > 0 ? `, ${plan.fromVae} from the VAE file` : ''}`,
    ...plainLines(plan.tensors, {
      model: 'model A',
      isOwn: (name) => files.a?.byName.get(name)?.scale !== undefined,
    }),
    ...(plan.pruned > 0 ? [`${counted(plan.pruned, 'EMA tensor')} left out`] : []),
    ...listed('only in model A, kept', plan.onlyInA),
    ...listed('only in model B, dropped', plan.onlyInB),
    ...listed("of another shape or kind, model A's used", plan.mismatched),
  ].join('\n');
}

function listed(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '';
  return [`${names.length} ${what}: ${names.slice(0, MOST_LISTED).map(printable).join(', ')}${more}`];
}
