/** Payload files into checked payloads with a name each. */
import path from 'node:path';
import { usageError } from '../shared/errors.ts';
import { isReadFailure, readRegularFile } from '../shared/files/read-file.ts';
import { systemReason } from '../shared/system-error.ts';
import { findPayloadFiles, type FoundFile } from './find-files.ts';
import { parseFile } from './formats/index.ts';
import { parsePayload } from './parse.ts';
import type { Payload } from './schema.ts';

export { parsePayload } from './parse.ts';

export interface NamedPayload {
  /** File name without extension; `-2`, `-3` … behind a name that occurs again. */
  readonly name: string;
  readonly payload: Payload;
  /** Where it was read, for messages. */
  readonly file?: string;
}

export interface LoadSettings {
  /** Told one sentence about everything that is odd and no mistake: unknown keys, files given twice. */
  readonly onWarning?: (message: string) => void;
}

/** With the images of ControlNet in it, a payload has some megabytes. */
const MAX_BYTES = 100e6;

/**
 * @param patterns files, folders (all payloads in them) and globs; JSON, TOML, YAML or MessagePack by extension
 * @throws usage error `payload-invalid`, one line for every fault of the first file that has any
 */
export async function loadPayloads(
  patterns: readonly string[],
  { onWarning }: LoadSettings = {},
): Promise<NamedPayload[]> {
  const loaded: NamedPayload[] = [];
  const nameOf = namer();
  for (const found of await findPayloadFiles(patterns, onWarning)) {
    const raw = await readListed(found, onWarning);
    if (raw === undefined) continue;
    const { file } = found;
    loaded.push({ name: nameOf(file), payload: parsePayload(raw, file, onWarning), file });
  }
  if (loaded.length > 0 || patterns.length === 0) return loaded;
  throw usageError('payload-invalid', `There is no payload in ${patterns.join(', ')}.`);
}

/**
 * The values of a payload file, unchecked.
 * @returns undefined for a configuration of a search that lies among payloads
 */
export async function readListed(
  { file, isListed }: FoundFile,
  onWarning?: (message: string) => void,
): Promise<unknown> {
  const raw = await readPayloadFile(file);
  if (!isListed || !isSearchConfig(raw)) return raw;
  onWarning?.(`${file} is a search config, not a payload; skipped.`);
  return undefined;
}

/** @throws usage error `payload-invalid` with the place of what is wrong */
export async function readPayloadFile(file: string): Promise<unknown> {
  let bytes: Uint8Array;
  try {
    bytes = await readRegularFile(file, { limit: MAX_BYTES });
  } catch (cause) {
    if (!isReadFailure(cause)) throw cause;
    throw usageError('payload-invalid', `Payload ${file} cannot be read (${systemReason(cause)}).`, {
      cause,
    });
  }
  return parseFile(bytes, file);
}

/** Names of payloads, one after another: none twice. */
export function namer(): (file: string) => string {
  const taken = new Set<string>();
  return (file) => {
    const base = path.basename(file, path.extname(file));
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}-${n}`;
    taken.add(name);
    return name;
  };
}

function isSearchConfig(raw: unknown): boolean {
  if (typeof raw !== 'object' || raw === null || 'prompt' in raw) return false;
  return 'payload' in raw || ('modelA' in raw && 'modelB' in raw);
}
