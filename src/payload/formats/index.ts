/** The formats of payload files, by extension. A new one is a file and a row. */
import path from 'node:path';
import { isExpected, messageOf, usageError } from '../../shared/errors.ts';
import { decodeText } from '../../shared/files/decode-text.ts';
import { FormatFault } from './fault.ts';
import type { FormatName, PayloadFormat } from './format.ts';
import { jsonFormat } from './json.ts';
import { msgpackFormat } from './msgpack.ts';
import { tomlFormat } from './toml.ts';
import { yamlFormat } from './yaml.ts';

export type { FormatName, PayloadFormat } from './format.ts';

export const FORMATS: readonly PayloadFormat[] = [jsonFormat, tomlFormat, yamlFormat, msgpackFormat];

/** All extensions, in small letters with the dot. */
export const EXTENSIONS: readonly string[] = FORMATS.flatMap(({ extensions }) => extensions);

export function formatNamed(name: FormatName): PayloadFormat {
  const format = FORMATS.find((candidate) => candidate.name === name);
  if (format === undefined) throw new Error(`no format ${name}`);
  return format;
}

/**
 * A file without an extension is JSON.
 * @throws usage error `payload-format`
 */
export function formatOf(file: string): PayloadFormat {
  const extension = path.extname(file).toLowerCase();
  if (extension === '') return jsonFormat;
  const format = FORMATS.find(({ extensions }) => extensions.includes(extension));
  if (format !== undefined) return format;
  throw usageError(
    'payload-format',
    `Payload ${file} must end in ${EXTENSIONS.join(', ')}, not in ${extension}.`,
  );
}

/**
 * Bytes of a file into plain values.
 * @param file its name, which tells the format and stands in messages
 * @throws usage error `payload-invalid` with the place
 */
export async function parseFile(bytes: Uint8Array, file: string): Promise<unknown> {
  const format = formatOf(file);
  if (isBlank(bytes)) throw usageError('payload-invalid', `Payload ${file} is empty.`);
  try {
    return await format.parse(bytes);
  } catch (cause) {
    if (isExpected(cause)) throw cause;
    throw usageError('payload-invalid', sentenceOf(cause, file, format), { cause });
  }
}

/** @throws usage error `payload-format` for a value that the format cannot express */
export async function formatFile(
  value: Readonly<Record<string, unknown>>,
  format: PayloadFormat,
  source: string,
): Promise<Uint8Array> {
  try {
    return await format.format(value);
  } catch (cause) {
    if (!(cause instanceof FormatFault)) throw cause;
    throw usageError('payload-format', `Payload ${source}: ${cause.message}.`, { cause });
  }
}

function sentenceOf(cause: unknown, file: string, { title }: PayloadFormat): string {
  if (cause instanceof FormatFault) {
    const place = cause.place === '' ? '' : `, ${cause.place}`;
    return `Payload ${file} (${title}${place}): ${cause.message}.`;
  }
  // The libraries call themselves for every level.
  if (cause instanceof RangeError) return `Payload ${file} (${title}): it is nested too deep.`;
  if (!(cause instanceof Error)) throw cause;
  return `Payload ${file} (${title}): ${messageOf(cause).split('\n')[0] ?? ''}.`;
}

/** White space and a byte order mark alone. Only a small file can be: it is decoded for that. */
function isBlank(bytes: Uint8Array): boolean {
  if (bytes.length > 4096) return false;
  const decoded = decodeText(bytes);
  return 'text' in decoded && decoded.text.trim() === '';
}
