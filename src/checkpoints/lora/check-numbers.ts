/** Numbers of a LoRA that are not finite: one of them would spread over whole rows of the model. LoRAs are small enough to be read twice. */
import fs from 'node:fs';
import { runError } from '../../errors.ts';
import { printable } from '../safetensors/strict-json.ts';
import { createFloatReader } from './float-reader.ts';
import type { AppliedLora } from './match.ts';

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
        `The LoRA tensor ${printable(name)} holds values that are no finite numbers; of its ${data.length} values ${nan} are NaN and ${bad.length - nan} infinite`,
      ];
    });
  } finally {
    fs.closeSync(handle);
  }
}

/** @throws run error `lora-not-finite` */
export function requireFiniteLora(lora: AppliedLora): void {
  const [first, ...others] = findNotFinite(lora);
  if (first === undefined) return;
  const more =
    others.length === 0 ? '' : `, and ${others.length} more tensors of ${lora.file.path} have such values`;
  throw runError(
    'lora-not-finite',
    `${first}${more}: they would spoil the model. Take another copy of the LoRA, or let them through with --allow-non-finite. Nothing was kept.`,
  );
}
