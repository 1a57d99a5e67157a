/** A payload file in another format: the same keys and values, in the same order. */
import fs from 'node:fs';
import path from 'node:path';
import { usageError } from '../../../shared/errors.ts';
import {
  EXTENSIONS,
  formatFile,
  formatNamed,
  formatOf,
  parseFile,
  type FormatName,
  type PayloadFormat,
} from '../../../payload/formats/index.ts';
import { readPayloadFile } from '../../../payload/load.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { refuseExisting } from '../../../shared/files/refuse-existing.ts';
import { writeNew } from '../write-new.ts';

export interface ConvertOptions {
  readonly to?: FormatName;
  readonly output?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export async function payloadConvertCommand(
  context: CommandContext,
  file: string,
  options: ConvertOptions,
): Promise<number> {
  const { output, format } = targetOf(file, options);
  const force = options.force === true;
  if (isSame(file, output))
    throw usageError(
      'output-is-input',
      `The output ${output} is also the input ${file}: choose another name.`,
    );
  refuseExisting([output], force);
  const value = await readPayloadFile(file);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw usageError('payload-invalid', `Payload ${file} must hold one object with at least a "prompt".`);
  }
  const bytes = await formatFile({ ...value }, format, file);
  const again = await parseFile(bytes, `written${format.extensions[0]}`);
  if (JSON.stringify(again) !== JSON.stringify(value))
    throw new Error(`Converting ${file} to ${format.title} would change it`);
  writeNew(output, bytes, force);
  const keys = Object.keys(value).length;
  if (options.json === true) context.printJson({ input: file, output, format: format.name, keys });
  else context.print(`Wrote ${output} (${format.title}, ${keys} keys)`);
  return EXIT.ok;
}

function targetOf(file: string, { to, output }: ConvertOptions): { output: string; format: PayloadFormat } {
  if (to === undefined && output === undefined)
    throw usageError(
      'payload-format',
      `Choose a format for ${file}: --to toml, or --output with a name that ends in ${EXTENSIONS.join(', ')}.`,
    );
  const format = to === undefined ? formatOf(output ?? file) : formatNamed(to);
  const [extension] = format.extensions;
  if (output === undefined) {
    return { output: `${file.slice(0, file.length - path.extname(file).length)}${extension}`, format };
  }
  if (!format.extensions.includes(path.extname(output).toLowerCase())) {
    throw usageError('payload-format', `The output ${output} must end in ${format.extensions.join(' or ')}.`);
  }
  return { output, format };
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((file) => fs.statSync(file, { bigint: true, throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}
