/** Misfortunes on order: which ones strike which txt2img. */
import { usageError } from '../errors.ts';
import { didYouMean } from '../nearest-name.ts';

export const FAULT_NAMES = [
  'stall',
  'drop',
  'oom',
  'error500',
  'black',
  'forget',
  'rubbish',
  'wrong-model',
  'stale-unet',
  'interrupted',
  'frozen',
  'slow-start',
  'foreign-job',
  'foreign-family',
  'extension-gone',
  'exception-groups',
  'no-tagger',
] as const;

export type FaultName = (typeof FAULT_NAMES)[number];

/**
 * `stall` never answers; `drop` cuts the connection in the middle of the reply; `oom` and `error500` are 500s; `black`
 * returns black pixels; `forget` restarts the server first; `rubbish` answers 200 without JSON; `wrong-model` selects
 * the first other checkpoint of the list; `stale-unet` replaces the UNet object, after which merges do nothing; `interrupted`
 * presses the button half way; `frozen` repeats the last picture; `slow-start` answers the first requests with 404;
 * `foreign-job` draws a picture of somebody else first, with another checkpoint; `foreign-family` selects a model of another
 * family first; `extension-gone` starts the server again without runtime-block-merge, and the request is lost;
 * `exception-groups` hides what went wrong inside as newer servers do, and `no-tagger` has no model for deepdanbooru: these
 * two whenever asked.
 *
 * As ComfyUI, samplings of fresh latents are counted in place of txt2img: `stall` waits for an interrupt; `drop` cuts the
 * WebSocket and the run goes on; `oom` and `error500` are `execution_error`s; `rubbish` is what `/view` then answers;
 * `stale-unet` samples with the UNet of the sampling before; `slow-start` takes no connections; `wrong-model` and those of
 * other people and extensions do not exist.
 */
export interface Fault {
  readonly name: FaultName;
  /** First and last txt2img that it strikes, counted from 1. For `slow-start`, `to` is the number of refused requests. */
  readonly from: number;
  readonly to: number;
}

const SLOW_START_REQUESTS = 5;
const PATTERN = /^(?<name>[^@]*)(?:@(?<from>\d+)(?:(?<open>\+)|-(?<to>\d+))?)?$/u;

/**
 * `name` (every txt2img), `name@N` (only the Nth), `name@N-M` or `name@N+` (from the Nth on).
 * `slow-start` alone refuses 5 requests, `slow-start@N` refuses N.
 * @throws usage error `unknown-fault` or `bad-fault`
 */
export function parseFault(text: string): Fault {
  const groups = PATTERN.exec(text.trim())?.groups;
  const rawName = groups?.['name'] ?? text.split('@')[0] ?? text;
  const name = FAULT_NAMES.find((known) => known === rawName);
  if (name === undefined) {
    throw usageError(
      'unknown-fault',
      `There is no fault "${rawName}".${didYouMean(rawName, FAULT_NAMES)} Known are ${FAULT_NAMES.join(', ')}.`,
    );
  }
  const from = Number(groups?.['from'] ?? 1);
  const to = lastOf(groups ?? {}, name);
  if (groups === undefined || from < 1 || to < from) {
    throw usageError(
      'bad-fault',
      `The fault "${text}" does not say when: write ${name}, ${name}@3, ${name}@3-5 or ${name}@3+, counting txt2img from 1.`,
    );
  }
  return name === 'slow-start' ? { name, from: 1, to } : { name, from, to };
}

/** The faults that strike the txt2img with this number. */
export function faultsAt(faults: readonly Fault[], number: number): ReadonlySet<FaultName> {
  return new Set(faults.filter(({ from, to }) => number >= from && number <= to).map(({ name }) => name));
}

/** For what does not depend on a number. */
export function hasFault(faults: readonly Fault[], name: FaultName): boolean {
  return faults.some((fault) => fault.name === name);
}

/** How many requests are refused with 404 after a start. */
export function refusedAtStart(faults: readonly Fault[]): number {
  return Math.max(0, ...faults.filter(({ name }) => name === 'slow-start').map(({ to }) => to));
}

function lastOf(groups: Readonly<Record<string, string | undefined>>, name: FaultName): number {
  if (groups['to'] !== undefined) return Number(groups['to']);
  if (groups['open'] !== undefined) return Infinity;
  if (groups['from'] !== undefined) return Number(groups['from']);
  return name === 'slow-start' ? SLOW_START_REQUESTS : Infinity;
}
