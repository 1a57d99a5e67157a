/** The servers: opened, checked, and proved to merge, all at the same time, before anything is written. */
import { setMaxListeners } from 'node:events';
import { afterColon } from '../shared/after-colon.ts';
import { isExpected, runError, type AutombwError } from '../shared/errors.ts';
import { withoutAdvice } from '../shared/server-in-use.ts';
import type { SearchConfig } from '../config/schema.ts';
import type { Journal } from '../journal/append.ts';
import { describeLimits, type Proof, type Renderer, type ServerReport } from '../renderers/index.ts';
import { lookForScript } from '../judging/scoring.ts';
import type { Judge } from '../score/score-image.ts';
import { patient } from '../trial/patient-renderer.ts';
import type { ImageRequest } from '../types.ts';
import type { Closing } from './closing.ts';
import { ConnectedServers } from './connected-servers.ts';
import type { Environment } from './environment.ts';
import { Latecomers, type Latecomer } from './latecomers.ts';
import { proveServer, type ConnectedServer } from './prove-server.ts';
import { checkSameServers, differenceOf } from './same-servers.ts';

/** What is known before the first image. */
export interface Found {
  readonly renderers: readonly Renderer[];
  readonly report: ServerReport;
}

export interface Connecting {
  readonly config: SearchConfig;
  readonly requests: readonly ImageRequest[];
  /** Of the search that they belong to: the first gives the merge check its prompt; `requests` unless given. */
  readonly searched?: readonly ImageRequest[];
  /** Of a run that goes on. The lock comes first: the server belongs to whoever has the journal. */
  readonly journal?: Pick<Journal, 'file'>;
  /** Of its earlier sessions; none unless given. */
  readonly proofs?: readonly Proof[];
  /** Opened before anything is drawn: a scorer that cannot be had would end the run after the proof. */
  readonly judge: Judge;
  /** Looks at the same time for whatever else would end the run later. */
  readonly check: (found: Found) => Promise<void> | void;
}

/**
 * One of several servers that cannot be had is left for later; without any, the first one's reason is thrown.
 * @param closing is given whatever is opened
 * @throws what is wrong with the server, the models or the merge
 */
export async function connect(
  { config, requests, searched = requests, journal, proofs = [], judge, check }: Connecting,
  { signal, clock, onWarning, createRenderers, provedElsewhere, newcomers }: Environment,
  closing: Closing,
): Promise<ConnectedServers> {
  const patience = { clock, retries: config.retries, minutes: config.reconnect, onRepeat: onWarning };
  const created = await createRenderers(config, searched, journal?.file);
  const renderers = created.map((renderer) => patient(renderer, patience));
  const open = async (renderer: Renderer, say: Say, within: AbortSignal): Promise<Opened> => {
    const report = await renderer.open(within);
    touched.add(renderer);
    const limits = describeLimits(renderer.capabilities);
    for (const warning of [...limits, ...(renderer.warnings?.(requests) ?? [])])
      say(`${renderer.name}: ${afterColon(warning)}`);
    return { renderer, name: renderer.name, report };
  };
  const prove = async (one: Opened, say: Say, within: AbortSignal): Promise<Proved> => {
    const { renderer, report } = one;
    const elsewhere = provedElsewhere?.(renderer);
    if (elsewhere !== undefined) return { ...one, server: elsewhere };
    // Who merges files has read them.
    const areFilesUnread = report.mergeWay !== 'checkpoint';
    const proving = { config, requests: searched, areFilesUnread, earlier: proofs, clock, say };
    const server = await proveServer(renderer, proving, within);
    // Some servers know a hash only once the file was loaded.
    return { ...one, report: (await renderer.report?.(within)) ?? report, server };
  };
  const latecomers = new Latecomers({ clock, signal });
  const touched = new Set<Renderer>();
  // Workers elsewhere leave theirs as they were.
  const ours = renderers.filter((renderer) => provedElsewhere?.(renderer) === undefined);
  closing.addServers(ours, {
    before: async () => latecomers.rest(),
    isTouched: (renderer) => touched.has(renderer),
  });
  for (const renderer of renderers)
    renderer.onWarning = (sentence) => onWarning(`${renderer.name}: ${afterColon(sentence)}`);
  const opened = await allThatCan(renderers, async (renderer) => open(renderer, onWarning, signal), signal);
  const [first] = opened.done;
  if (first === undefined) throw opened.failures[0]?.error;
  checkSameServers(opened.done.map(({ result }) => result));
  const { report } = first.result;
  await check({ renderers: opened.done.map(({ of }) => of), report });
  // Workers elsewhere have looked at theirs.
  if (opened.done.some(({ of }) => provedElsewhere?.(of) === undefined)) await lookForScript(config, signal);
  closing.addJudge(judge);
  await judge.open(signal);
  const proved = await allThatCan(
    opened.done.map(({ result }) => result),
    async (one) => prove(one, onWarning, signal),
    signal,
  );
  const [leading] = proved.done;
  if (leading === undefined) throw proved.failures[0]?.error;
  const known = leading.result;
  checkSameServers(proved.done.map(({ result }) => result));
  const comingOf = (renderer: Renderer, before?: Opened): Latecomer['come'] => {
    // What is open is never opened again: it would take its own settings for those that it has found.
    let one = before;
    return async ({ say, accept, signal: within }) => {
      if (one === undefined) one = await open(renderer, say, within);
      else await renderer.rearm(within);
      refuse(differenceOf(known, one));
      accept(renderer);
      const proof = await prove(one, say, within);
      refuse(differenceOf(known, proof));
      return proof.server;
    };
  };
  const late = (renderer: Renderer, error: AutombwError, before?: Opened): void => {
    const reason = withoutAdvice(error);
    latecomers.add({ renderer, reason, come: comingOf(renderer, before) });
    onWarning(`${renderer.name} is not used for now; it will be tried again from time to time. ${reason}`);
  };
  const welcome = (newcomer: Renderer): void => {
    const renderer = patient(newcomer, patience);
    latecomers.add({ renderer, come: comingOf(renderer) });
  };
  const follow = newcomers?.();
  follow?.(welcome);
  for (const { of, error } of opened.failures) late(of, error);
  for (const { of, error } of proved.failures) late(of.renderer, error, of);
  const servers = proved.done.map(({ result }) => result.server);
  return new ConnectedServers(servers, known.report, latecomers, follow !== undefined);
}

type Say = (sentence: string) => void;

interface Opened {
  readonly renderer: Renderer;
  readonly name: string;
  readonly report: ServerReport;
}

interface Proved extends Opened {
  readonly server: ConnectedServer;
}

interface Attempts<T, R> {
  readonly done: readonly { readonly of: T; readonly result: R }[];
  readonly failures: readonly { readonly of: T; readonly error: AutombwError }[];
}

/** All at the same time, in their order. @throws the signal's reason and mistakes of ours, once all have come to rest */
async function allThatCan<T, R>(
  parts: readonly T[],
  work: (part: T) => Promise<R>,
  signal: AbortSignal,
): Promise<Attempts<T, R>> {
  // Every server listens to it, and every open iteration after it: none of them is a leak.
  if (parts.length > 1) setMaxListeners(0, signal);
  const done: { of: T; result: R }[] = [];
  const failures: { of: T; error: AutombwError }[] = [];
  const settled = await Promise.allSettled(parts.map(work));
  signal.throwIfAborted();
  for (const [n, outcome] of settled.entries()) {
    const of = parts[n];
    if (of === undefined) continue;
    if (outcome.status === 'fulfilled') done.push({ of, result: outcome.value });
    else if (isExpected(outcome.reason)) failures.push({ of, error: outcome.reason });
    else throw outcome.reason;
  }
  return { done, failures };
}

function refuse(difference: string | undefined): void {
  if (difference !== undefined) throw runError('servers-differ', difference);
}
