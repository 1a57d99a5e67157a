/** Raw values into a frozen configuration, or one sentence for every fault. */
import type { z } from 'zod';
import { blockNames } from '../architectures/registry.ts';
import { describeIssues } from '../shared/describe-issues.ts';
import { usageError } from '../shared/errors.ts';
import { flagOf } from '../shared/option-flag.ts';
import { chainConfigSchema, searchConfigSchema, SECRET_KEYS, type SearchConfig } from './schema.ts';

/** Checks a raw configuration and fills in the defaults. @throws usage error `config-invalid`, which names every fault together */
export function parseSearchConfig(raw: Readonly<Record<string, unknown>>): SearchConfig {
  const parsed = searchConfigSchema.safeParse(raw);
  if (!parsed.success) throw faults(parsed.error.issues, raw);
  const config = parsed.data;
  webuiUrl(config);
  if (config.low >= config.high) {
    throw usageError(
      'config-invalid',
      `--low ${config.low} must be below --high ${config.high}; a block that must not move is fixed with --block NAME=WEIGHT.`,
    );
  }
  return deepFreeze(config);
}

/** Where a WebUI is: its address, or its port on this machine. */
export interface ServerAddress {
  readonly webui?: string | undefined;
  readonly port?: number | undefined;
}

/** The address that is meant. @throws usage error `config-invalid` when it is given in both ways */
export function webuiUrl({ webui, port }: ServerAddress): string {
  if (webui !== undefined && port !== undefined)
    throw usageError('config-invalid', `Give --webui ${webui} or --port ${port}, not both.`);
  return webui ?? `http://127.0.0.1:${port ?? 7860}`;
}

/** The error that tells them. */
export function faults(issues: readonly z.core.$ZodIssue[], raw: Readonly<Record<string, unknown>>): Error {
  const knownKeys = Object.keys(chainConfigSchema.shape);
  const sentences = describeIssues(issues, {
    nameOf: (path) => `${flagName(path)}${aliasText(path)}`,
    knownKeys,
    knownBelow: { block: blockNames() },
    input: withoutSecrets(raw),
  });
  return usageError('config-invalid', sentences.join('\n'));
}

/** `earlyStop` → `--early-stop`, with the path below it. */
export function flagName(path: readonly PropertyKey[]): string {
  const [key, ...rest] = path.map(String);
  if (key === undefined) return 'The configuration';
  const flag = flagOf(key);
  return rest.length === 0 ? flag : `${flag} (${rest.join('.')})`;
}

/** Which of the two names was typed is no longer known here: both are named. */
function aliasText([key, ...rest]: readonly PropertyKey[]): string {
  const option = Object.entries(chainConfigSchema.shape).find(([name]) => name === key)?.[1];
  const alias = rest.length === 0 ? option?.meta()?.['alias'] : undefined;
  return typeof alias === 'string' ? ` (or ${flagOf(alias)})` : '';
}

/** Messages quote what was given; a mistyped login is still a login. */
function withoutSecrets(raw: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = SECRET_KEYS.filter((key) => raw[key] !== undefined);
  const hidden = (value: unknown): unknown => (Array.isArray(value) ? value.map(() => '***') : '***');
  return { ...raw, ...Object.fromEntries(given.map((key) => [key, hidden(raw[key])])) };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
