import path from 'node:path';
import { titleOf } from '../../../checkpoints/architecture.ts';
import {
  bakeLoras,
  checkBake,
  prepareBake,
  type BakeResult,
  type BakeSettings,
  type PreparedBake,
} from '../../../checkpoints/bake.ts';
import { warningsOfBake } from '../../../checkpoints/warnings.ts';
import { findNotFinite, leftOut } from '../../../checkpoints/lora/check-numbers.ts';
import { parseLoraArgument } from '../../../checkpoints/lora/argument.ts';
import type { AppliedLora } from '../../../checkpoints/lora/match.ts';
import { describeNumbers } from '../../../checkpoints/numbers.ts';
import { checkOutput, findLeftovers } from '../../../checkpoints/output-file.ts';
import { printable } from '../../../shared/safetensors/strict-json.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { NUMBERS_UNREAD, plainLines } from './number-lines.ts';
import { writeCheckpoint } from './write-checkpoint.ts';
import { byteSize } from '../../../shared/byte-size.ts';
import { counted } from '../../../shared/counted.ts';
import { duration } from '../../../shared/duration.ts';

export interface BakeOptions {
  /** `FILE.safetensors[:strength[:weights]]` */
  readonly lora: readonly string[];
  readonly model: string;
  readonly output: string;
  readonly dtype?: 'keep' | 'fp16' | 'bf16' | 'fp32';
  readonly hashes: boolean;
  readonly allowUnmatched?: boolean;
  readonly allowNonFinite?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Modules that a report lists by name; the rest is a count. */
const MOST_LISTED = 5;

export async function bakeCommand(context: CommandContext, options: BakeOptions): Promise<number> {
  const { lora, dryRun: _, json: _json, ...others } = options;
  const settings = { ...others, loras: lora.map(parseLoraArgument) };
  if (options.dryRun === true) return dryRun(context, settings, options.json === true);
  return writeCheckpoint(
    context,
    (watch) => bakeLoras(settings, watch),
    (result, seconds) => {
      for (const warning of bakeWarnings(result)) context.note(`! ${warning}`);
      if (options.json === true) context.printJson({ ...bakeFacts(result), seconds });
      else {
        context.print(
          `${bakeText(result)}\nWrote ${settings.output}: ${byteSize(result.bytes)} in ${duration(seconds)}, ${byteSize(result.bytes / seconds)}/s`,
        );
      }
    },
  );
}

function dryRun(context: CommandContext, settings: BakeSettings, json: boolean): number {
  const prepared = prepareBake(settings);
  checkBake(prepared);
  const { output, force = false } = settings;
  const { files, bytes } = prepared;
  checkOutput({ path: output, inputs: files.map((file) => file.path), force, bytes });
  for (const warning of bakeWarnings(prepared)) context.note(`! ${warning}`);
  if (json) context.printJson({ ...bakeFacts(prepared), leftovers: findLeftovers(path.dirname(output)) });
  else
    context.print(
      `${bakeText(prepared)}\nWould write ${output}: ${byteSize(bytes)} (dry run). ${NUMBERS_UNREAD}`,
    );
  return EXIT.ok;
}

/** Of a dry run only what the headers tell. */
export function bakeWarnings(prepared: PreparedBake | BakeResult): string[] {
  const { plan, settings } = prepared;
  const without = plan.loras.flatMap((lora) => {
    const { length } = leftOut(lora);
    return length === 0
      ? []
      : [
          `${length} of the ${counted(lora.modules, 'module')} of ${lora.file.path} ${length === 1 ? 'was' : 'were'} skipped.`,
        ];
  });
  const notFinite = settings.allowNonFinite === true ? plan.loras.flatMap(findNotFinite) : [];
  const numbers = 'numbers' in prepared ? describeNumbers(prepared.numbers) : [];
  return [
    ...warningsOfBake(prepared),
    ...without,
    ...notFinite.map((sentence) => `${sentence}.`),
    ...numbers,
  ];
}

export function bakeFacts(prepared: PreparedBake | BakeResult): Record<string, unknown> {
  const { plan, recipe, settings, bytes } = prepared;
  return {
    output: settings.output,
    bytes,
    architecture: plan.architecture,
    recipe,
    tensors: plan.tensors.length,
    changed: plan.changed,
    warnings: bakeWarnings(prepared),
    ...('numbers' in prepared ? { numbers: prepared.numbers } : {}),
    loras: loraFacts(prepared),
  };
}

export function loraFacts({ plan }: PreparedBake): Record<string, unknown>[] {
  return plan.loras.map(({ file, changes: _, ...lora }) => ({ file: file.path, ...lora }));
}

export function bakeText({ plan, files: [model] }: PreparedBake): string {
  return [
    `${titleOf(plan.architecture)} ${model.path}`,
    ...plan.loras.flatMap(loraLines),
    `${counted(plan.tensors.length, 'tensor')}: ${plan.changed} changed, ${plan.tensors.length - plan.changed} from the model`,
    ...plainLines(plan.tensors, { model: 'the model', isOwn: () => true }),
  ].join('\n');
}

export function loraLines(lora: AppliedLora): string[] {
  const { file, strength, weights, matched, modules, off } = lora;
  const kinds = Object.entries(lora.kinds).map(([kind, count]) => `${count} ${kind}`);
  const blocks = Object.entries(lora.blocks).map(([block, count]) => {
    const weight =
      weights === undefined || block === 'other' ? undefined : new Map(Object.entries(weights)).get(block);
    return `${block} ${count}${weight === undefined ? '' : ` × ${weight}`}`;
  });
  return [
    `+ ${file.path}, strength ${strength}: ${matched} of ${counted(modules, 'module')} (${kinds.join(', ')})`,
    `  ${blocks.length === 0 ? 'no block' : blocks.join(', ')}`,
    ...(off > 0
      ? [
          `  ${counted(off, 'module')} without effect: ${off === 1 ? 'its' : 'their'} strength or block weight is 0`,
        ]
      : []),
    ...listed('not in the model', lora.unmatched),
    ...listed('not part of the LoRA, left out', lora.skipped),
  ];
}

function listed(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '';
  return [`  ${names.length} ${what}: ${names.slice(0, MOST_LISTED).map(printable).join(', ')}${more}`];
}
