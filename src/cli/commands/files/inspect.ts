import { architectureRow } from '../../../architectures/registry.ts';
import { inspectCheckpoint, type Inspection, type Tally } from '../../../checkpoints/inspect.ts';
import { describeNumbers } from '../../../checkpoints/numbers.ts';
import { describePrediction } from '../../../checkpoints/prediction.ts';
import { printable } from '../../../shared/safetensors/strict-json.ts';
import { EXIT, type CliOutput, type CommandContext } from '../../cli-process.ts';
import { interruptible } from '../interruptible.ts';
import { weightLines } from '../summary.ts';
import { parameterLines } from './parameter-lines.ts';
import { byteSize } from '../../../shared/byte-size.ts';
import { counted } from '../../../shared/counted.ts';

export async function inspectCommand(
  context: CommandContext,
  file: string,
  { json }: { readonly json?: boolean },
): Promise<number> {
  return interruptible(context, {}, async ({ signal }) => {
    const found = await inspectCheckpoint(file, signal);
    if (json === true) context.printJson(found);
    else context.print(describe(found, context.process.stdout));
    return EXIT.ok;
  });
}

function describe(found: Inspection, stdout: CliOutput): string {
  const { hashes, blocks, metadata } = found;
  const lines = [
    found.file,
    `${found.kind}${found.counts === undefined ? '' : `, ${found.counts}`}${found.advice === undefined ? '' : `. ${found.advice}`}`,
    ...transformerLines(found),
    `${counted(found.tensors, 'tensor')}, ${millions(found.parameters)} parameters, ${byteSize(found.bytes)}`,
    `AutoV1 ${hashes.autoV1}  AutoV2 ${hashes.autoV2}`,
    `SHA-256 ${hashes.sha256}`,
    ...(found.quantisation === undefined ? [] : [`Stored as ${printable(found.quantisation)}`]),
    ...(found.prediction === undefined ? [] : [`Predicts ${describePrediction(found.prediction)}`]),
    ...commandLines(found),
    ...(found.numbers === undefined ? [] : describeNumbers(found.numbers).map((sentence) => `! ${sentence}`)),
    '',
    ...tallyLines('Types', found.types),
    ...tallyLines('Parts', found.parts),
    ...(found.architecture === undefined
      ? []
      : tallyLines('Blocks', found.counts === undefined ? blocks : grouped(blocks))),
    ...recipeLines(found, stdout),
    ...bakeLines(found),
  ];
  const entries = Object.entries(metadata);
  lines.push(entries.length === 0 ? 'No metadata' : 'Metadata');
  lines.push(...entries.map(([key, value]) => `  ${shorten(key)}: ${shorten(value)}`));
  return lines.join('\n');
}

function transformerLines({ counts, prefix = '', encoders }: Inspection): string[] {
  if (counts === undefined) return [];
  return [
    `Transformer keys begin ${prefix === '' ? 'without a prefix' : `with ${prefix}`}`,
    ...(encoders.length === 0 ? [] : [`Text encoders ${encoders.map(printable).join(', ')}`]),
  ];
}

/** What autombw can do with it, and what not. */
function commandLines({ commands, architecture, counts }: Inspection): string[] {
  if (commands.length === 0) return [];
  const missing = [
    ...(commands.includes('bake') ? [] : ['LoRAs cannot be baked in']),
    ...(commands.includes('search') ? [] : ['not searchable']),
    ...(architecture !== undefined && needsWorkflow(architecture)
      ? ['a search needs a workflow of your own (ComfyUI, --workflow)']
      : []),
  ];
  return [
    `For autombw ${[commands.join(', '), ...missing].join('; ')}`,
    ...(counts !== undefined && architecture !== undefined && commands.includes('search')
      ? [`Searched as --architecture ${architecture}`]
      : []),
  ];
}

function needsWorkflow(architecture: string): boolean {
  return architectureRow(architecture).layout?.family.drawing === 'own workflow';
}

/** Rows of numbered blocks in one line each: 60 lines would hide the rest. */
function grouped(blocks: Readonly<Record<string, Tally>>): Record<string, Tally> {
  const groups = new Map<string, { first: string; last: string; tally: Tally }>();
  for (const [name, tally] of Object.entries(blocks)) {
    const [, start = name, number] = /^(.*?)(\d+)$/.exec(name) ?? [];
    const before = groups.get(start);
    const sum = before?.tally ?? { tensors: 0, parameters: 0, bytes: 0 };
    groups.set(start, {
      first: before?.first ?? name,
      last: number ?? name,
      tally: {
        tensors: sum.tensors + tally.tensors,
        parameters: sum.parameters + tally.parameters,
        bytes: sum.bytes + tally.bytes,
      },
    });
  }
  return Object.fromEntries(
    [...groups.values()].map(({ first, last, tally }) => [
      first.endsWith(last) ? first : `${first}-${last}`,
      tally,
    ]),
  );
}

function recipeLines({ recipe, pythonRecipe }: Inspection, stdout: CliOutput): string[] {
  if (recipe !== undefined) {
    const models = Object.entries(recipe.models).map(
      ([role, { file, sha256 }]) =>
        `  ${role.toUpperCase().padEnd(4)} ${printable(file)}${sha256 === null ? '' : `  ${sha256.slice(0, 10)}`}`,
    );
    return [
      recipe.models.b === undefined ? 'Adjusted by autombw' : `Merged by autombw: ${recipe.method}`,
      ...models,
      ...weightLines(recipe.weights, stdout),
      ...parameterLines(recipe),
      '',
    ];
  }
  if (pythonRecipe === undefined) return [];
  const { modelA, modelB, mbwrt_weights: weights } = pythonRecipe;
  return [
    'Merged by auto-MBW-rt',
    `  A    ${printable(modelA)}`,
    `  B    ${printable(modelB)}`,
    `  in recipe order: ${shorten(weights)}`,
    '',
  ];
}

function bakeLines({ bake }: Inspection): string[] {
  if (bake === undefined) return [];
  const lineOf = (mark: string, { file, sha256 }: { file: string; sha256: string | null }): string =>
    `  ${mark.padEnd(6)} ${printable(file)}${sha256 === null ? '' : `  ${sha256.slice(0, 10)}`}`;
  const loras = bake.loras.flatMap((lora) => [
    lineOf(String(lora.strength), lora),
    ...(lora.weights === null ? [] : [`         ${blockText(lora.weights)}`]),
  ]);
  return ['LoRAs baked in by autombw', lineOf('into', bake.model), ...loras, ''];
}

function blockText(weights: Readonly<Record<string, number>>): string {
  return Object.entries(weights)
    .map(([block, weight]) => `${block} ${weight}`)
    .join(', ');
}

function tallyLines(title: string, tallies: Readonly<Record<string, Tally>>): string[] {
  const width = Math.max(13, ...Object.keys(tallies).map((name) => name.length));
  const lines = Object.entries(tallies).map(
    ([name, { tensors, parameters, bytes }]) =>
      `  ${name.padEnd(width)} ${String(tensors).padStart(5)} tensors ${millions(parameters).padStart(10)} ${byteSize(bytes).padStart(10)}`,
  );
  return [title, ...lines, ''];
}

function millions(count: number): string {
  return count < 1e6 ? String(count) : `${(count / 1e6).toFixed(1)} M`;
}

function shorten(text: string): string {
  const plain = printable(text);
  return plain.length > 300 ? `${plain.slice(0, 297)}…` : plain;
}
