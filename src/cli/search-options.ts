/**
 * The options of `search` and `resume`, made from the published JSON Schema, so that a new option is one line in
 * config/schema.ts. The schema file is generated from there; zod itself is not loaded for `--help`.
 */
import { readFileSync } from 'node:fs';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { kebabCase } from '../shared/option-flag.ts';
import {
  parseBlockRule,
  parseInteger,
  parseNumber,
  parseParameterRule,
  parseSetting,
  parseTextSetting,
} from './parsers.ts';

interface Property {
  readonly key: string;
  readonly type: string;
  readonly description: string;
  readonly value: string | undefined;
  readonly alias: string | undefined;
  readonly choices: readonly string[] | undefined;
  readonly env: string | undefined;
  /** Help line of `--no-…`, which stands for 0. */
  readonly off: string | undefined;
  readonly group: string;
  readonly standard: unknown;
}

const SCHEMA = new URL('../config/search.schema.json', import.meta.url);
let properties: readonly Property[] | undefined;

/** Read when the first command needs it: the bare `--help` does not. */
function searchProperties(): readonly Property[] {
  properties ??= Object.entries(section(JSON.parse(readFileSync(SCHEMA, 'utf8')), 'properties'))
    .map(([key, property]) => readProperty(key, property))
    .filter(({ description }) => description !== '');
  return properties;
}

function readProperty(key: string, raw: unknown): Property {
  const property: Readonly<Record<string, unknown>> =
    typeof raw === 'object' && raw !== null ? { ...raw } : {};
  return {
    key,
    type: text(property['type']) ?? typeOfUnion(property['anyOf']),
    description: text(property['description']) ?? '',
    value: text(property['value']),
    alias: text(property['alias']),
    choices: Array.isArray(property['enum']) ? property['enum'].map(String) : undefined,
    env: text(property['env']),
    off: text(property['off']),
    group: text(property['group']) ?? 'Options',
    standard: property['default'],
  };
}

/** One of a kind or several of it may be given by repeating the flag. */
function typeOfUnion(union: unknown): string {
  if (!Array.isArray(union)) return 'string';
  const hasList = union.some((one: unknown) => Reflect.get(section({ one }, 'one'), 'type') === 'array');
  return hasList ? 'one or more' : 'mixed';
}

function section(raw: unknown, key: string): object {
  const value: unknown = typeof raw === 'object' && raw !== null ? Reflect.get(raw, key) : undefined;
  return typeof value === 'object' && value !== null ? value : {};
}

/** @param shown the keys that the help lists; all of them when left out */
export function addSearchOptions(command: Command, shown?: readonly string[]): Command {
  for (const property of searchProperties()) {
    const isShown = shown === undefined || shown.includes(property.key);
    for (const option of toOptions(property)) command.addOption(isShown ? option : option.hideHelp());
  }
  return command;
}

/** Those of the keys alone. */
export function addSomeSearchOptions(command: Command, keys: readonly string[]): Command {
  for (const property of searchProperties()) {
    if (keys.includes(property.key)) for (const option of toOptions(property)) command.addOption(option);
  }
  return command;
}

/** How images are judged, one by one. */
export const JUDGING_KEYS = [
  'scorer',
  'scorerOptions',
  'scoreMap',
  'combine',
  'calibration',
  'scoreCache',
] as const;

/** What was really given on the command line or in the environment, under the schema's keys: no defaults. */
export function givenOptions(command: Command): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const { key, type, off } of searchProperties()) {
    const source = command.getOptionValueSource(key);
    if (source !== 'cli' && source !== 'env') continue;
    const value: unknown = command.getOptionValue(key);
    const isOne = type === 'one or more' && Array.isArray(value) && value.length === 1;
    given[key] =
      off !== undefined && type !== 'boolean' && value === false ? 0 : isOne ? (value[0] as unknown) : value;
  }
  return given;
}

function toOptions(property: Property): Option[] {
  const { key, type, off, group } = property;
  if (off === undefined || type === 'boolean') return [toOption(property)];
  return [toOption(property), new Option(`--no-${kebabCase(key)}`, off).helpGroup(`${group}:`)];
}

function toOption(property: Property): Option {
  const { key, type, description, off = description, value, alias, choices, env, group, standard } = property;
  const flag = kebabCase(key);
  if (type === 'boolean') {
    const option = new Option(
      standard === true ? `--no-${flag}` : `--${flag}`,
      standard === true ? off : description,
    );
    return option.helpGroup(`${group}:`);
  }
  // The last name is the one that commander keeps the value under.
  const flags = alias === undefined ? `--${flag}` : `--${alias}, --${flag}`;
  const option = new Option(`${flags} <${value ?? 'value'}>`, description).helpGroup(`${group}:`);
  // For the help alone: what was not given keeps no value.
  const shown = defaultText(standard);
  if (shown !== undefined) option.defaultValueDescription = shown;
  // Choices among numbers are checked with the rest of the configuration: commander would keep them as text.
  if (choices !== undefined && type === 'string') option.choices([...choices]);
  if (env !== undefined) option.env(env);
  if (type === 'integer') option.argParser(parseInteger);
  if (type === 'number') option.argParser(parseNumber);
  // A number or a word: which words there are is checked with the rest of the configuration.
  if (type === 'mixed') option.argParser((word: string) => (/^\d+$/.test(word) ? Number(word) : word));
  if (type === 'array' || type === 'one or more')
    option.argParser((item: string, before: unknown) => [
      ...(Array.isArray(before) ? before.map(String) : []),
      item,
    ]);
  if (type === 'object') {
    // A payload may be called 1.
    const parse = OBJECT_PARSERS[key] ?? parseSetting;
    option.argParser((item: string, before: unknown) => {
      const [name, setting] = parse(item);
      const given = typeof before === 'object' && before !== null ? before : {};
      // The last one would win, and nobody would notice that the first did nothing.
      if (Object.hasOwn(given, name))
        throw new InvalidArgumentError(`${name} was given before: give it once.`);
      return { ...given, [name]: setting };
    });
  }
  return option;
}

/** Of options that are objects by name, where they are not parameters of an algorithm. */
const OBJECT_PARSERS: Readonly<Record<string, (item: string) => readonly [string, unknown]>> = {
  block: parseBlockRule,
  search: parseParameterRule,
  scorerPayloads: parseTextSetting,
};

function defaultText(standard: unknown): string | undefined {
  const shown = Array.isArray(standard) ? standard.join(', ') : standard;
  return typeof shown === 'number' || (typeof shown === 'string' && shown !== '') ? String(shown) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
