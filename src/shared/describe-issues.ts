/** zod issues into sentences: where, what is allowed, what came, and the nearest name for a misspelt key. */
import { z } from 'zod';
import { didYouMean, nearestName } from './nearest-name.ts';

export interface DescribeOptions {
  /** How a path is called in the message: `--model-a` for options, `"steps"` for payload keys. */
  readonly nameOf: (path: readonly PropertyKey[]) => string;
  /** Keys that are legal at the top, for hints. */
  readonly knownKeys: readonly string[];
  /** Keys that are legal below the top, by the first key of the path, for hints. */
  readonly knownBelow?: Readonly<Record<string, readonly string[]>>;
  /** A sentence for a key that is not known; the usual one where it is undefined. */
  readonly unknown?: (path: readonly PropertyKey[], key: string) => string | undefined;
  /** The value that was checked, to quote what came. */
  readonly input: unknown;
}

/** One sentence per issue, all of them together. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], options: DescribeOptions): string[] {
  return issues.flatMap((issue) => describeIssue(issue, options));
}

function describeIssue(issue: z.core.$ZodIssue, options: DescribeOptions): string[] {
  if (issue.code === 'unrecognized_keys') {
    const [top] = issue.path;
    const known = (top === undefined ? undefined : options.knownBelow?.[String(top)]) ?? options.knownKeys;
    return issue.keys.map(
      (key) =>
        options.unknown?.(issue.path, key) ??
        `Unknown key ${options.nameOf([...issue.path, key])}.${didYouMean(key, known)}`,
    );
  }
  const name = options.nameOf(issue.path);
  const came = valueAt(options.input, issue.path);
  if (came === undefined) return [`${name} is missing.`];
  return [`${name} ${demand(issue)}${nearestOf(issue, came)}; got ${quote(came)}.`];
}

/** A rule of our own may say which words it knows (`params.among`). */
function nearestOf(issue: z.core.$ZodIssue, came: unknown): string {
  if (issue.code !== 'custom' || typeof came !== 'string') return '';
  const { data: among = [] } = z.array(z.string()).safeParse(issue.params?.['among']);
  const nearest = nearestName(came, among);
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
}

function demand(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPE_NAMES[issue.expected] ?? `a ${issue.expected}`}`;
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'must not be empty'
        : `must be ${issue.inclusive === false ? 'above' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      return `must be ${issue.inclusive === false ? 'below' : 'at most'} ${issue.maximum}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_union':
      return issue.message.startsWith('must') ? issue.message : 'has the wrong shape';
    case 'invalid_format':
      return issue.message.startsWith('must')
        ? issue.message
        : `must be a valid ${issue.format === 'url' ? 'URL' : issue.format}`;
    case 'invalid_key':
      return 'has an unknown name';
    default:
      return issue.message;
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

function quote(value: unknown): string {
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
