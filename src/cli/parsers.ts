/** Text of the command line into values. Strict: `5abc` is no number, and nothing is rounded or guessed. */
import { InvalidArgumentError } from 'commander';

export function parseInteger(text: string): number {
  if (!/^[-+]?\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new InvalidArgumentError('It must be a whole number.');
  }
  return Number(text);
}

export function parseNumber(text: string): number {
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text))
    throw new InvalidArgumentError('It must be a number.');
  return Number(text);
}

/** Of things that are counted, and of seeds. */
export function parseWhole(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number))
    throw new InvalidArgumentError('It must be a whole number from 0 on.');
  return number;
}

/** Value of an algorithm's parameter. */
export type Setting = number | boolean | string | object;

/** `key=value` with numbers, truth values and JSON objects recognised: parameters of an algorithm. */
export function parseSetting(text: string): readonly [string, Setting] {
  const [key, value] = splitSetting(text);
  if (value === 'true' || value === 'false') return [key, value === 'true'];
  if (value.startsWith('{')) return [key, parseObject(value)];
  return [key, /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(value) ? Number(value) : value];
}

/** `name=text`, whatever the text looks like. */
export function parseTextSetting(text: string): readonly [string, string] {
  return splitSetting(text);
}

/** `p=0.5` for a whole merge, `p@IN04=0.3` for a block, `elect=count`: a parameter of a merge method. */
export function parseMethodParameter(text: string): {
  readonly name: string;
  readonly block?: string;
  readonly value: number | string;
} {
  const [key, setting] = parseSetting(text);
  if (typeof setting !== 'number' && typeof setting !== 'string') {
    throw new InvalidArgumentError('Its value must be a number or a word.');
  }
  const [name = '', block] = key.split(/@(.*)/s);
  return { name, value: setting, ...(block !== undefined && { block }) };
}

/** `contrast=3`: a number by name. */
export function parseNamedNumber(text: string): readonly [name: string, value: number] {
  const [name, value] = splitSetting(text);
  return [name, parseNumber(value)];
}

/** `OUT=0` fixes a block, `OUT=off` at its base weight, `IN00=0.2:0.8` clamps it. */
export function parseBlockRule(
  text: string,
): readonly [string, number | 'off' | { low: number; high: number }] {
  const [block, rule] = splitSetting(text);
  if (rule === 'off') return [block, rule];
  const [low = '', high] = rule.split(':');
  return [block, high === undefined ? parseNumber(low) : { low: parseNumber(low), high: parseNumber(high) }];
}

/** `beta=0.5:1.5` searches a number, `beta=0.5:1.5:4` in so many steps, `mode=a,b` one of several words; `beta=0.8` fixes it. */
export function parseParameterRule(
  text: string,
): readonly [string, number | { low: number; high: number; steps?: number } | string[]] {
  const [name, rule] = splitSetting(text);
  if (!/^[-+.\d]/.test(rule)) return [name, rule.split(',').map((word) => word.trim())];
  if (rule.includes(',')) {
    throw new InvalidArgumentError('It must have the form name=low:high, name=number or name=word,word.');
  }
  const [low = '', high, steps, ...rest] = rule.split(':');
  if (rest.length > 0 || (steps !== undefined && !/^\d+$/.test(steps))) {
    throw new InvalidArgumentError(
      'It must have the form name=low:high:steps, with a whole number of steps.',
    );
  }
  if (high === undefined) return [name, parseNumber(low)];
  const bounds = { low: parseNumber(low), high: parseNumber(high) };
  return [name, steps === undefined ? bounds : { ...bounds, steps: parseInteger(steps) }];
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below in words that fit the command line.
  }
  throw new InvalidArgumentError('A value in braces must be a JSON object.');
}

function splitSetting(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0 || at === text.length - 1) throw new InvalidArgumentError('It must have the form name=value.');
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

export function parsePort(text: string): number {
  const port = parseInteger(text);
  if (port < 0 || port > 65_535) throw new InvalidArgumentError('It must be from 0 to 65535.');
  return port;
}

/** Seconds: a worker whose machine pauses for longer than its lease loses its work again and again. */
export function parseLease(text: string): number {
  const seconds = parseNumber(text);
  if (!(seconds >= 2)) throw new InvalidArgumentError('It must be at least 2.');
  return seconds;
}

export function parseCount(text: string): number {
  const count = parseInteger(text);
  if (count < 1) throw new InvalidArgumentError('It must be at least 1.');
  return count;
}

/** `2026-01-31`: sorts as text. */
export function parseDay(text: string): string {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  if (date === undefined || Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text) {
    throw new InvalidArgumentError('It must be a date such as 2026-01-31.');
  }
  return text;
}

/** From 0 to 1. */
export function parseTolerance(text: string): number {
  const share = parseNumber(text);
  if (share < 0 || share > 1) throw new InvalidArgumentError('It must be from 0 to 1.');
  return share;
}
