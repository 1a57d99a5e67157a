/**
 * Scripts of A1111 that a request names although they do nothing in it: a whole body, as programs write one, lists every
 * script with its switch off.
 */
import type { ImageRequest } from '../../../types.ts';

type Body = ImageRequest['body'];

/** The scripts of `alwayson_scripts` that do something. */
export function busyScripts(body: Body): string[] {
  const scripts = body['alwayson_scripts'];
  if (typeof scripts !== 'object' || scripts === null) return [];
  return Object.entries(scripts).flatMap(([title, script]: [string, unknown]) =>
    isIdle(title, argsOf(script), body) ? [] : [title],
  );
}

function argsOf(script: unknown): unknown {
  return typeof script === 'object' && script !== null && 'args' in script ? script.args : script;
}

/** No arguments leave a script as it is without being named; the first one of most is their switch. */
function isIdle(title: string, args: unknown, body: Body): boolean {
  if (!Array.isArray(args)) return isEmpty(args) || isSwitchedOff(args);
  const list: readonly unknown[] = args;
  if (list.length === 0 || list[0] === false) return true;
  if (/^seed$/i.test(title)) return list[1] !== true;
  if (/^sampler$/i.test(title)) return repeatsSampler(list, body);
  const parts = list.filter((arg) => typeof arg !== 'boolean' && !isEmpty(arg));
  return (parts.length > 0 || !list.includes(true)) && parts.every(isSwitchedOff);
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === null || value === undefined || value === '';
}

const SWITCHES = ['enabled', 'enable', 'enable_refiner', 'is_enabled', 'active'];

/** One part of a script, such as a unit of ControlNet or a tab of ADetailer. */
function isSwitchedOff(unit: unknown): boolean {
  if (typeof unit !== 'object' || unit === null) return false;
  const fields = new Map<string, unknown>(Object.entries(unit));
  return (
    SWITCHES.some((name) => fields.get(name) === false) || /^(none|)$/i.test(text(fields.get('ad_model')))
  );
}

/** Steps, sampler and scheduler, which the body has too. */
function repeatsSampler([steps, sampler, scheduler]: readonly unknown[], body: Body): boolean {
  return (
    steps === body['steps'] &&
    sampler === body['sampler_name'] &&
    (scheduler === 'Automatic' || scheduler === body['scheduler'])
  );
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : 'something';
}
