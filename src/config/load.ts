/** Config file plus flags into the searches that they mean. Flags beat the file; the file beats the defaults. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { FormatFault } from '../payload/formats/fault.ts';
import { jsonFormat } from '../payload/formats/json.ts';
import { usageError } from '../shared/errors.ts';
import { linesOf } from '../shared/files/lines.ts';
import { readGivenText } from '../shared/files/given-text.ts';
import { planChain, type Chain } from './chain.ts';
import { whatIsWrong } from './fleet-file.ts';
import { FROM_FILE, type FromFile } from './parse.ts';
import type { SearchConfig } from './schema.ts';

export { flagName, parseSearchConfig, webuiUrl } from './parse.ts';

type Raw = Readonly<Record<string, unknown>>;

/**
 * @param flags values given on the command line, already of the right type, under the schema's keys
 * @param known values to fall back on where neither flags nor file say anything
 * @throws usage error `config-file` or `config-invalid`, which names every fault together, and those of `planChain`
 */
async function loadChain(flags: Raw, configFile: string | undefined, known: Raw = {}): Promise<Chain> {
  return planChain(await readChain(flags, configFile, known));
}

/** The configuration as it was given, with the files of passes and merges read into it. */
export async function readChain(flags: Raw, configFile: string | undefined, known: Raw = {}): Promise<Raw> {
  const fromFile = configFile === undefined ? {} : await readConfigFile(configFile);
  const raw = { ...known, ...fromFile, ...serverOf(fromFile, flags), ...flags };
  return {
    ...givenBy(configFile, fromFile, flags),
    ...raw,
    ...(await readPasses(raw)),
    ...(await readLines(raw)),
  };
}

/** The first search of them: for commands that are about one. */
export async function loadSearchConfig(
  flags: Raw,
  configFile: string | undefined,
  known: Raw = {},
): Promise<SearchConfig> {
  const [first] = (await loadChain(flags, configFile, known)).steps;
  if (first === undefined) throw new Error('a chain has at least one step');
  return first.config;
}

/** A server named by a flag replaces the one of the file, also when the other kind of naming was used there. */
function serverOf(file: Raw, flags: Raw): Raw {
  if (SERVER_KEYS.every((key) => flags[key] === undefined)) return {};
  return Object.fromEntries(
    SERVER_KEYS.filter((key) => file[key] !== undefined).map((key) => [key, undefined] as const),
  );
}

/** Where the servers are: what is given later replaces all of it. */
export const SERVER_KEYS = ['webui', 'port', 'fleet'] as const;

async function readPasses({ pass }: Raw): Promise<Raw> {
  if (!Array.isArray(pass)) return {};
  const read = pass.map((one: unknown) => (typeof one === 'string' ? readConfigFile(one) : one));
  return { pass: await Promise.all(read) };
}

/** An entry without `=` is a file of such lines; blank ones and those that begin with `#` are no merges. */
async function readLines({ merge }: Raw): Promise<Raw> {
  if (!Array.isArray(merge)) return {};
  const read = merge.map(async (entry: unknown) => {
    if (typeof entry !== 'string' || entry.includes('=')) return [entry];
    const text = await readGivenText(entry, 'The file of merges', 'config-file');
    return linesOf(text).filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  });
  return { merge: (await Promise.all(read)).flat() };
}

async function readConfigFile(file: string): Promise<Record<string, unknown>> {
  const text = await readGivenText(file, 'The config file', 'config-file');
  let value: unknown;
  try {
    value = await jsonFormat.parse(new TextEncoder().encode(text));
  } catch (cause) {
    if (!(cause instanceof FormatFault)) throw cause;
    const place = cause.place === '' ? '' : ` (${cause.place})`;
    throw usageError(
      'config-file',
      `The config file ${file} is not valid JSON${place}: ${whatIsWrong(cause)}.`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw usageError('config-file', `The config file ${file} must hold one JSON object.`);
  }
  return relativeTo(path.dirname(file), { ...value });
}

function givenBy(file: string | undefined, fromFile: Raw, flags: Raw): object {
  if (file === undefined) return {};
  const keys = new Set(Object.keys(fromFile).filter((key) => flags[key] === undefined));
  return { [FROM_FILE]: { file, keys } satisfies FromFile };
}

/** The same wherever it is read again: what a chain is resumed from. */
export function withAbsolutePaths(raw: Raw, folder: string): Raw {
  const single = PATHS.flatMap((key) => {
    const given = key === 'folder' ? (raw[key] ?? '.') : raw[key];
    return typeof given === 'string' ? [[key, path.resolve(folder, given)] as const] : [];
  });
  return { ...relativeTo(folder, raw), ...Object.fromEntries(single) };
}

/** Options that are a path and looked for where the command is given. */
const PATHS = ['folder', 'modelsDir', 'loraDir', 'workflow', 'calibration', 'pauseFile', 'fleet'];
const FILE_LISTS = ['payload', 'learn', 'presets'];
/** Lists that may also hold something else than files. */
const MIXED_LISTS = ['warmStart', 'merge'];

/** Files named in a config file are looked for beside it. */
function relativeTo(folder: string, config: Raw): Record<string, unknown> {
  const beside = (value: unknown, always: boolean): unknown => {
    if (typeof value !== 'string') return value;
    const file = path.resolve(folder, value);
    return always || existsSync(file) || existsSync(file.replace(/#[^#]+$/, '')) ? file : value;
  };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      if (key === 'wildcards' || key === 'fleet') return [key, beside(value, true)];
      if (key === 'base') return [key, beside(value, false)];
      if (!Array.isArray(value)) return [key, value];
      if (key === 'pass') return [key, value.map((one: unknown) => passRelativeTo(folder, one))];
      if (FILE_LISTS.includes(key)) return [key, value.map((one: unknown) => beside(one, true))];
      if (MIXED_LISTS.includes(key)) return [key, value.map((one: unknown) => beside(one, false))];
      return [key, value];
    }),
  );
}

/** A file of its own, or a pass written into the configuration. */
function passRelativeTo(folder: string, pass: unknown): unknown {
  if (typeof pass === 'string') return path.resolve(folder, pass);
  return typeof pass === 'object' && pass !== null ? relativeTo(folder, { ...pass }) : pass;
}
