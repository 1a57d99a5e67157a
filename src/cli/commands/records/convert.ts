import type { MECHA_FAMILIES } from '../../../weights/mecha/families.ts';
import fs from 'node:fs';
import path from 'node:path';
import { usageError } from '../../../shared/errors.ts';
import { writeJournal } from '../../../journal/append.ts';
import { JOURNAL_SUFFIX } from '../../../journal/name-run.ts';
import { formatHistoryCsv } from '../../../formats/history-csv.ts';
import { formatWeights, type WeightFormat } from '../../../weights/format.ts';
import type { FoundWeights, ListOrder } from '../../../weights/weights-source.ts';
import { readWeights } from '../../../weights/read.ts';
import { readRows, toJournal } from '../../../weights/rows.ts';
import { refuseExisting } from '../../../shared/files/refuse-existing.ts';
import { printable } from '../../../shared/printable.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { writeNew } from '../write-new.ts';
import { counted } from '../../../shared/counted.ts';

export interface ConvertOptions {
  readonly to: WeightFormat | 'journal';
  readonly order?: ListOrder;
  readonly architecture?: (typeof MECHA_FAMILIES)[number];
  readonly output?: string;
  readonly name?: string;
  readonly modelA?: string;
  readonly modelB?: string;
  readonly modelO?: string;
  readonly presets?: readonly string[];
  readonly folder: string;
  readonly all?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Results on stdout or into a file, what the format cannot hold on stderr. */
export async function convertCommand(
  context: CommandContext,
  source: string,
  options: ConvertOptions,
): Promise<number> {
  const { to } = options;
  checkOptions(options);
  if (options.output !== undefined) refuseExisting([options.output], options.force === true);
  if (to === 'journal') return toJournalFile(context, source, options);
  if (options.all === true) return allRows(context, source, options);
  const found = withNames(await readWeights(source, readOptions(options)), options);
  const { text, warnings } = formatWeights(found, to, options);
  if (found.chosenOf !== undefined && found.chosenOf > 1) {
    context.note(`! ${source} contains ${found.chosenOf} sets of weights; using ${found.origin}.`);
  }
  for (const warning of warnings) context.note(`! ${warning}`);
  const { weights, origin } = found;
  give(context, text, options, { source, to, origin, weights, warnings });
  return EXIT.ok;
}

function checkOptions({ to, order, all, output, architecture }: ConvertOptions): void {
  const isLegacyRecipe = to === 'recipe' && order === 'legacy';
  if (order !== undefined && to !== 'list' && !isLegacyRecipe && !(to === 'recipe' && order === 'recipe')) {
    throw usageError(
      'convert-options',
      `--order ${order} cannot be combined with --to ${to}: only a list has a choice of order (a recipe: recipe or legacy).`,
    );
  }
  if (architecture !== undefined && to !== 'mecha') {
    throw usageError(
      'convert-options',
      `--architecture ${architecture} cannot be combined with --to ${to}: only an sd-mecha recipe names the model family.`,
    );
  }
  if (all === true && to !== 'csv' && to !== 'journal') {
    throw usageError(
      'convert-options',
      `--all works only with --to csv and --to journal: ${to} holds one set of weights.`,
    );
  }
  if (to === 'journal' && output?.endsWith(JOURNAL_SUFFIX) !== true) {
    throw usageError(
      'convert-options',
      `A journal needs a file: give --output with a name that ends in ${JOURNAL_SUFFIX}${output === undefined ? '' : `, not ${output}`}.`,
    );
  }
}

async function allRows(context: CommandContext, source: string, options: ConvertOptions): Promise<number> {
  const { rows } = await readRows(source, readOptions(options));
  const extra = new Set(rows.flatMap((row) => Object.keys(row.extra)));
  if (extra.size > 0)
    context.note(`! The history has further columns, which are dropped: ${[...extra].join(', ')}.`);
  give(context, formatHistoryCsv(rows), options, { source, to: 'csv', rows: rows.length });
  return EXIT.ok;
}

async function toJournalFile(
  context: CommandContext,
  source: string,
  options: ConvertOptions,
): Promise<number> {
  const { output = '' } = options;
  const found = await readRows(source, readOptions(options));
  const without = found.rows.filter(({ score }) => score === null).length;
  if (without === found.rows.length) {
    throw usageError('convert-options', `${source} has no scores: a journal holds scored weights only.`);
  }
  if (without > 0)
    context.note(
      `! ${without} of ${counted(found.rows.length, 'row')} ${without === 1 ? 'has no score and is' : 'have no score and are'} skipped.`,
    );
  const models = namedModels(found.models, options);
  const name = options.modelO ?? found.name;
  const named = { rows: found.rows, models, ...(name !== undefined && { name }) };
  if (options.force === true) fs.rmSync(output, { force: true });
  writeJournal(output, toJournal(named, path.basename(source)));
  if (options.json === true)
    context.printJson({ source, to: 'journal', rows: found.rows.length - without, output });
  else context.print(output);
  return EXIT.ok;
}

function withNames(found: FoundWeights, options: ConvertOptions): FoundWeights {
  const name = options.modelO ?? found.name;
  return {
    ...found,
    models: namedModels(found.models, options),
    ...(name !== undefined && { name }),
  };
}

function namedModels(
  models: FoundWeights['models'],
  { modelA, modelB }: ConvertOptions,
): FoundWeights['models'] {
  return {
    ...models,
    ...(modelA !== undefined && { a: modelA }),
    ...(modelB !== undefined && { b: modelB }),
  };
}

function readOptions({ folder, presets }: ConvertOptions): {
  folder: string;
  presetFiles: readonly string[];
} {
  return { folder, presetFiles: presets ?? [] };
}

/** @param facts what is told of it as JSON */
function give(
  context: CommandContext,
  text: string,
  options: ConvertOptions,
  facts: Readonly<Record<string, unknown>>,
): void {
  const { output, json } = options;
  if (output === undefined && json === true) {
    context.printJson({ ...facts, text });
    return;
  }
  if (output === undefined) {
    // Into a file or another program as it is; a terminal would obey some of it.
    const { stdout } = context.process;
    stdout.write(stdout.isTTY === true ? printable(text) : text);
    return;
  }
  writeNew(output, text, options.force === true);
  if (json === true) context.printJson({ ...facts, output });
  else context.print(output);
}
