/** One of the servers of a run, as a fleet knows it: a server that was proved, or a worker elsewhere that has one. */
import type { ErrorCode } from '../shared/error-codes.ts';
import type { AutombwError } from '../shared/errors.ts';
import type { Evaluator } from '../trial/evaluator.ts';

export interface Member {
  /** For messages; no two members of a fleet have the same. */
  readonly name: string;
  /** Without a login; null where it has none that can be told. */
  readonly address: string | null;
  /** Of the pixels of its merge check: members with the same one draw the same. */
  readonly pixelGroup: string;
  /** One call at a time, which the fleet sees to. */
  readonly evaluator: Evaluator;
  /**
   * Resolves once it answers again and was proved to draw what it drew; rejects with the signal's reason, or with why it
   * never will. Absent = it comes back by itself, which is told by `Fleet.join`.
   */
  readonly comeBack?: (signal: AbortSignal) => Promise<void>;
}

/** For the status of a run and its page. */
export interface MemberState {
  readonly name: string;
  readonly address: string | null;
  readonly pixelGroup: string;
  /** `away`: it gets no work until it is back. */
  readonly state: 'idle' | 'working' | 'away';
  /** The trial that it works on: its number, and its label where it is no iteration. Null where it measures none. */
  readonly trial: { readonly id: number; readonly label?: string } | null;
  /** Why it is away, one sentence for people. Null where it is not. */
  readonly why: string | null;
  /** Images that it has measured since it joined first. */
  readonly images: number;
  /** Seconds that it has worked since it joined first. */
  readonly seconds: number;
}

/** Failures that say something of one server and nothing of the others: they are the end of it, and of no run. */
const OF_ONE_SERVER: ReadonlySet<AutombwError['code']> = new Set<ErrorCode>([
  'checkpoint-architecture',
  'merge-lost',
  'merge-not-proved',
  'merge-way-changed',
  'models-changed',
  'queue-refuses',
  'queue-unreachable',
  'settings-changed',
  'webui-api-disabled',
  'webui-auth',
  'webui-bad-reply',
  'webui-busy',
  'webui-extension-gone',
  'webui-gone',
  'webui-interrupted',
  'webui-lost',
  'webui-merge-refused',
  'webui-merge-way-missing',
  'webui-model-ambiguous',
  'webui-model-not-loaded',
  'webui-model-unknown',
  'webui-not-a-webui',
  'webui-out-of-memory',
  'webui-refused',
  'webui-rejected',
  'webui-same-model',
  'webui-server-error',
  'webui-setting-refused',
  'webui-shared',
  'webui-timeout',
  'webui-unet-replaced',
  'webui-wrong-reply',
]);

export function isOfOneServer(code: AutombwError['code']): boolean {
  return OF_ONE_SERVER.has(code);
}

/** Of what several members have in common: it is said once, by what tells of it, and not of every member. */
const SAID_ELSEWHERE: ReadonlySet<AutombwError['code']> = new Set<ErrorCode>([
  'queue-refuses',
  'queue-unreachable',
]);

export function isSaidElsewhere(code: AutombwError['code']): boolean {
  return SAID_ELSEWHERE.has(code);
}
