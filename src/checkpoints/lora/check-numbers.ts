/**
 * What the numbers of a LoRA tell before it is baked; LoRAs are small enough to be read twice. One number that is not finite would
 * spread over whole rows of the model.
 */
import fs from 'node:fs';
import { runError } from '../../shared/errors.ts';
import { TEXT_ENCODERS } from '../architecture.ts';
import { sourceOf } from '../plan.ts';
import type { Tensor } from '../../shared/safetensors/header.ts';
import type { CheckpointFile } from '../checkpoint-file.ts';
import { printable, quote } from '../../shared/safetensors/strict-json.ts';
import { createFloatReader } from './float-reader.ts';
import type { AppliedLora } from './match.ts';
import { counted } from '../../shared/counted.ts';

/** @returns sentences about what holds such numbers and is applied */
export function findNotFinite({ file, changes }: AppliedLora): string[] {
  const handle = fs.openSync(file.path, 'r');
  const read = createFloatReader();
  try {
    const parts = changes.flatMap(({ addend }) => Object.values(addend.parts));
    return parts.flatMap(({ name, ...source }) => {
      const data = read(handle, source);
      const bad = data.filter((value) => !Number.isFinite(value));
      if (bad.length === 0) return [];
      const nan = bad.filter(Number.isNaN).length;
      return [
        `The LoRA tensor ${printable(name)} holds numbers that are not finite: of its ${data.length} numbers ${nan} are NaN and ${bad.length - nan} infinite`,
      ];
    });
  } finally {
    fs.closeSync(handle);
  }
}

/**
 * Modules that fit nothing in the model and would change something: the product of a module with a factor of zeros is nothing
 * (ComfyUI's extracts hold such for layers that it makes up itself).
 */
export function leftOut({ file, unmatched }: AppliedLora): string[] {
  if (unmatched.length === 0) return [];
  const handle = fs.openSync(file.path, 'r');
  const read = createFloatReader();
  const isZero = (tensor: Tensor): boolean => {
    const { type, ...source } = sourceOf(tensor, 0, file);
    if (type === undefined) return false;
    return read(handle, { ...source, type, count: tensor.count }).every((value) => value === 0);
  };
  try {
    const idle = file.modules.filter(({ parts }) => [...parts.values()].some(isZero)).map(({ name }) => name);
    return unmatched.filter((name) => !idle.includes(name));
  } finally {
    fs.closeSync(handle);
  }
}

/** @throws run error `lora-unmatched` */
export function requireMatched(lora: AppliedLora, model: CheckpointFile): void {
  const names = leftOut(lora);
  if (names.length === 0) return;
  const named = names.slice(0, MOST_LISTED).map(quote).join(', ');
  const more = names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '';
  const ofText = names.every((name) => /^(lora_te|text_encoder)/.test(name));
  const hasText = model.tensors.some(({ name }) => TEXT_ENCODERS.some((prefix) => name.startsWith(prefix)));
  const why = ofText && !hasText ? ', which has no text encoder' : '';
  throw runError(
    'lora-unmatched',
    `${names.length} of ${counted(lora.modules, 'module')} in ${lora.file.path} ${names.length === 1 ? 'does' : 'do'} not match anything in ${model.path}${why}: ${named}${more}. Nothing was written. Use the model the LoRA was made for, or skip them with --allow-unmatched.`,
  );
}

/** Modules that a sentence lists by name. */
const MOST_LISTED = 5;

/** @throws run error `lora-not-finite` */
export function requireFiniteLora(lora: AppliedLora): void {
  const [first, ...others] = findNotFinite(lora);
  if (first === undefined) return;
  const more =
    others.length === 0
      ? ''
      : `, and ${counted(others.length, 'more tensor')} of ${lora.file.path} ${others.length === 1 ? 'does' : 'do'} too`;
  throw runError(
    'lora-not-finite',
    `${first}${more}: they would ruin the model. Use another copy of the LoRA, or let them through with --allow-non-finite. Nothing was kept.`,
  );
}
