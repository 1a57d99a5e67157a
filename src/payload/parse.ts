/** What a file holds into a checked payload. */
import { counted } from '../shared/counted.ts';
import { describeIssues } from '../shared/describe-issues.ts';
import { usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';
import { FormatFault } from './formats/fault.ts';
import { plainValue } from './formats/plain-value.ts';
import { literalWarnings } from './literal.ts';
import { meaningOf, namesModel } from './meanings.ts';
import { withoutNothing } from './nothing.ts';
import { findOtherModels } from './other-models.ts';
import { FORBIDDEN_KEYS, HARMLESS_KEYS, payloadSchema, type Payload } from './schema.ts';

/**
 * Keys that are not known are kept, and sent.
 * @param source file name for messages
 * @param onWarning told one sentence about every such key, with the nearest known name
 * @throws usage error `payload-invalid`, one line for every fault
 */
export function parsePayload(raw: unknown, source: string, onWarning?: (message: string) => void): Payload {
  const given = withoutNothing(objectOf(raw, source));
  for (const key of HARMLESS_KEYS) delete given[key];
  const models = findOtherModels(given);
  const refused = [...forbiddenKeys(given), ...models.refused, ...placeholders(given)].map(
    (what) => `remove ${what}.`,
  );
  const warnings = [...unknownKeys(given), ...models.warnings, ...literalWarnings(given)];
  const parsed = payloadSchema.safeParse(given);
  if (parsed.success && refused.length === 0) {
    for (const warning of warnings) onWarning?.(`Payload ${source}: ${warning}`);
    return parsed.data;
  }
  const sentences = parsed.success
    ? []
    : describeIssues(parsed.error.issues, {
        nameOf: (where) => `"${where.map(String).join('.')}"`,
        knownKeys: KNOWN_KEYS,
        input: given,
      });
  throw usageError(
    'payload-invalid',
    // A key that is missing is often there under a misspelt name.
    [...refused, ...sentences, ...warnings].map((sentence) => `Payload ${source}: ${sentence}`).join('\n'),
  );
}

function forbiddenKeys(given: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(FORBIDDEN_KEYS).flatMap(([key, why]) =>
    Object.hasOwn(given, key) ? [`"${key}", ${why}`] : [],
  );
}

/** Names that the server would look up; those of the second pass only where there is one. */
const NAMES = ['sampler_name', 'scheduler', 'script_name', 'styles'];
const HIRES_NAMES = ['hr_upscaler', 'hr_sampler_name', 'hr_scheduler', 'hr_additional_modules'];

/** What the server's page `/docs` writes where a text is wanted. */
function placeholders(given: Readonly<Record<string, unknown>>): string[] {
  const names = given['enable_hr'] === true ? [...NAMES, ...HIRES_NAMES] : NAMES;
  return names.flatMap((key) => {
    const values: readonly unknown[] = [given[key]].flat();
    return values.includes('string')
      ? [`"${key}", or name one: "string" is only the placeholder on the server's /docs page`]
      : [];
  });
}

const KNOWN_KEYS: readonly string[] = Object.keys(payloadSchema.shape);
/** What a misspelt key may stand for: hardly one of those that only Forge has. */
const LIKELY_KEYS = KNOWN_KEYS.filter((key) => !/^distilled|^hr_(?:cfg|distilled|additional)/.test(key));

function objectOf(raw: unknown, source: string): Record<string, unknown> {
  let plain: unknown;
  try {
    plain = plainValue(raw);
  } catch (cause) {
    if (!(cause instanceof FormatFault)) throw cause;
    throw usageError('payload-invalid', `Payload ${source}: ${cause.message}.`, { cause });
  }
  if (typeof plain === 'object' && plain !== null && !Array.isArray(plain)) return { ...plain };
  throw usageError(
    'payload-invalid',
    `Payload ${source} must hold one object with at least a "prompt"${Array.isArray(plain) ? ', not a list; write one file per payload' : ''}.`,
  );
}

/** More are counted: a file of a hundred thousand keys is no payload. */
const MOST_UNKNOWN = 50;

function unknownKeys(given: Readonly<Record<string, unknown>>): string[] {
  const unknown = Object.keys(given).filter(
    (key) => !KNOWN_KEYS.includes(key) && !Object.hasOwn(FORBIDDEN_KEYS, key),
  );
  const more = unknown.length - MOST_UNKNOWN;
  const rest =
    more > 0 ? [`${counted(more, 'further unknown key')} ${more > 1 ? 'are' : 'is'} sent as well.`] : [];
  return [...unknown.slice(0, MOST_UNKNOWN).map(aboutUnknown), ...rest];
}

function aboutUnknown(key: string): string {
  const shown = JSON.stringify(key.length > 60 ? `${key.slice(0, 59)}…` : key);
  if (key.length > 60) return `Unknown key ${shown} is sent as it is.`;
  if (namesModel(key))
    return `Unknown key ${shown} is sent as it is; the search decides which model makes the images.`;
  const meaning = meaningOf(key);
  const hint = meaning === undefined ? didYouMean(key, LIKELY_KEYS) : ` Did you mean ${meaning}?`;
  return `Unknown key ${shown} is sent as it is.${hint}`;
}
