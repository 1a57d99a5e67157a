/** Misfortunes on order: which ones strike which txt2img. */
import { usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';

/** All that can go wrong; {@link Fault} says what each does. */
export const FAULT_NAMES = [
  'stall',
  'drop',
  'oom',
  'error500',
  'nan',
  'disk-full',
  'black',
  'grey',
  'forget',
  'rubbish',
  'wrong-model',
  'stale-unet',
  'interrupted',
  'skipped',
  'frozen',
  'slow-start',
  'restart-404',
  'cut',
  'empty',
  'silent',
  'endless',
  'cut-picture',
  'damaged-picture',
  'old-picture',
  'no-info',
  'no-seed',
  'wrong-steps',
  'wrong-cfg',
  'wrong-prompt',
  'wrong-negative',
  'wrong-sampler',
  'redirect',
  'retry-after',
  'retry-date',
  'error401',
  'error403',
  'error404',
  'error408',
  'error429',
  'error502',
  'error503',
  'error504',
  'foreign-job',
  'foreign-family',
  'foreign-model',
  'foreign-option',
  'foreign-interrupt',
  'extension-gone',
  'exception-groups',
  'no-tagger',
] as const;

export type FaultName = (typeof FAULT_NAMES)[number];

/**
 * `stall` never answers; `drop` cuts the connection in the middle of the reply; `oom`, `error500`, `nan` (numbers that are none)
 * and `disk-full` (of the server) are 500s; `black` and `grey` return pixels of one colour; `forget` restarts the server first; `rubbish` answers 200 without JSON; `wrong-model` selects
 * the first other checkpoint of the list; `stale-unet` replaces the UNet object, after which merges do nothing; `interrupted`
 * presses the button half way, `skipped` the one beside it; `frozen` repeats the last image; `slow-start` answers the first requests with 404;
 * `restart-404` cuts the connection, restarts, and answers the next 20 requests with 404 whatever their path.
 * `foreign-job` draws an image of somebody else first, with another checkpoint; `foreign-family` selects a model of another
 * family first, `foreign-model` another checkpoint, and `foreign-option` sets another noise (`eta_ancestral`); `foreign-interrupt` waits
 * behind the request with a job of somebody else, who interrupts it half way to be served; `extension-gone` starts the server again without runtime-block-merge, and the request is lost;
 * `exception-groups` hides what went wrong inside as newer servers do, and `no-tagger` has no model for deepdanbooru: these
 * two whenever asked.
 *
 * On the way back, the image being made: `cut` sends half a reply as if it were whole, `empty` none of it, `silent` half and
 * no more, `endless` blanks for ever; `cut-picture`, `damaged-picture` and `no-info` spoil what is in it; `old-picture` sends
 * again what the first such request got; `no-seed` draws seed 1 for all; `wrong-…` reports another setting than was used.
 * Refused before it is made: `redirect` (to a login page), `retry-after` and `retry-date` (429, come back in 1 or 2 s), `error…`.
 *
 * As ComfyUI, samplings of fresh latents are counted in place of txt2img: `stall` waits for an interrupt; `drop` cuts the
 * WebSocket and the run goes on; `oom`, `error500` and `disk-full` are `execution_error`s, `nan` is a black image; `rubbish` is what `/view` then answers;
 * `stale-unet` samples with the UNet of the sampling before; `slow-start` takes no connections; `wrong-model` and those of
 * other people and extensions do not exist.
 * What happens on the way back, and the refusals, strike `GET /view`, which is then counted instead.
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
      `There is no fault "${rawName}".${didYouMean(rawName, FAULT_NAMES)} Choose one of ${FAULT_NAMES.join(', ')}.`,
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
