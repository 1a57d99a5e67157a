/** Config file plus flags into one frozen configuration. Flags beat the file; the file beats the defaults. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, usageError } from '../errors.ts';
import { describeIssues } from '../describe-issues.ts';
import { searchConfigSchema, SECRET_KEYS, type SearchConfig } from './schema.ts';

/**
 * @param flags values given on the command line, already of the right type, under the schema's keys
 * @param known values to fall back on where neither flags nor file say anything
 * @throws usage error `config-file` or `config-invalid`, which names every fault together
 */
export async function loadSearchConfig(
  flags: Readonly<Record<string, unknown>>,
  configFile: string | undefined,
  known: Readonly<Record<string, unknown>> = {},
): Promise<SearchConfig> {
  const fromFile = configFile === undefined ? {} : await readConfigFile(configFile);
  return parseSearchConfig({ ...known, ...fromFile, ...serverOf(fromFile, flags), ...flags });
}

/** Checks a raw configuration and fills in the defaults. */
export function parseSearchConfig(raw: Readonly<Record<string, unknown>>): SearchConfig {
  const parsed = searchConfigSchema.safeParse(raw);
  if (!parsed.success) {
    const sentences = describeIssues(parsed.error.issues, {
      nameOf: flagName,
      knownKeys: Object.keys(searchConfigSchema.shape),
      input: withoutSecrets(raw),
    });
    throw usageError('config-invalid', sentences.join('\n'));
  }
  const config = parsed.data;
  if (config.webui !== undefined && config.port !== undefined) {
    throw usageError('config-invalid', `Give --webui ${config.webui} or --port ${config.port}, not both.`);
  }
  if (config.low >= config.high) {
    throw usageError(
      'config-invalid',
      `--low ${config.low} must be below --high ${config.high}; a block that must not move is fixed with --block NAME=WEIGHT.`,
    );
  }
  return deepFreeze(config);
}

/** Messages quote what was given; a mistyped login is still a login. */
function withoutSecrets(raw: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = SECRET_KEYS.filter((key) => raw[key] !== undefined);
  return { ...raw, ...Object.fromEntries(given.map((key) => [key, '***'])) };
}

/** The address that the configuration means. */
export function webuiUrl(config: {
  readonly webui?: string | undefined;
  readonly port?: number | undefined;
}): string {
  return config.webui ?? `http://127.0.0.1:${config.port ?? 7860}`;
}

/** `earlyStop` → `--early-stop`, with the path below it. */
export function flagName(path: readonly PropertyKey[]): string {
  const [key, ...rest] = path.map(String);
  if (key === undefined) return 'The configuration';
  const flag = `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return rest.length === 0 ? flag : `${flag} (${rest.join('.')})`;
}

/** A server named by a flag replaces the one of the file, also when the other kind of naming was used there. */
function serverOf(
  file: Readonly<Record<string, unknown>>,
  flags: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (flags['port'] !== undefined && file['webui'] !== undefined) return { webui: undefined };
  if (flags['webui'] !== undefined && file['port'] !== undefined) return { port: undefined };
  return {};
}

async function readConfigFile(file: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw usageError('config-file', `The config file ${file} cannot be read (${messageOf(cause)}).`, {
      cause,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw usageError('config-file', `The config file ${file} is not valid JSON: ${messageOf(cause)}.`, {
      cause,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw usageError('config-file', `The config file ${file} must hold one JSON object.`);
  }
  return relativeTo(path.dirname(file), { ...value });
}

/** Files named in a config file are looked for beside it. */
function relativeTo(folder: string, config: Record<string, unknown>): Record<string, unknown> {
  const found = ['payload', 'learn'].flatMap((key) => {
    const files = config[key];
    if (!Array.isArray(files)) return [];
    return [
      [
        key,
        files.map((file: unknown) => (typeof file === 'string' ? path.resolve(folder, file) : file)),
      ] as const,
    ];
  });
  return { ...config, ...Object.fromEntries(found) };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
