/** From connected servers to what works on trials with them: a lane for the only server, or open trials that a fleet measures. */
import { Fleet } from '../fleet/fleet.ts';
import type { Member } from '../fleet/member.ts';
import type { JournalRecord } from '../journal/record.ts';
import type { Renderer } from '../renderers/index.ts';
import type { ImageRef } from '../trial/evaluator.ts';
import { comeBack } from './come-back.ts';
import type { ConnectedServers } from './connected-servers.ts';
import type { Environment } from './environment.ts';
import { FleetLanes } from './fleet-lanes.ts';
import { pinsOfRun, recordedPins } from './fleet-pins.ts';
import type { Notice } from '../observers/observer.ts';
import { afterColon } from '../shared/after-colon.ts';
import { counted } from '../shared/counted.ts';
import { createLane, evaluatorOf, type EvaluatorParts } from './lane.ts';
import type { ConnectedServer } from './prove-server.ts';
import { record, timestamp, type Lane, type Session, type WatchedLanes } from './session.ts';
import { tellMembers } from './tell-members.ts';

export interface LaneParts extends EvaluatorParts {
  /** All images, in the order in which trials get them. */
  readonly order: readonly ImageRef[];
  /** Of a proof, its number. */
  readonly proof?: number;
  /** Of the run so far. */
  readonly records: readonly JournalRecord[];
  readonly environment: Pick<Environment, 'createEvaluator' | 'clock'>;
  /** Looks whether a server that comes later merges as the run needs it. @throws when it does not */
  readonly accept: (renderer: Renderer) => void;
}

export interface OpenedLanes {
  /** At least one. Those of a fleet are as many as are right now: the list follows its servers. */
  readonly lanes: readonly Lane[];
  /** Told of each that comes to the list. */
  readonly follow: Session['followLanes'];
  /**
   * What is recorded of a fleet is written, servers that are missing are asked for, and whoever watches is told what each
   * does. Nothing of that with a single server.
   * @returns ends it; awaited before the servers work for somebody else or are closed
   */
  readonly begin: Session['beginLanes'];
}

/** @throws run error `webui-gone` where the run has images that none of the servers may draw */
export async function openLanes(servers: ConnectedServers, parts: LaneParts): Promise<OpenedLanes> {
  const [only] = servers.all;
  if (only === undefined) throw new Error('a run needs at least one WebUI');
  const isFleet = servers.isFleet || parts.records.some(({ kind }) => kind === 'fleet');
  if (isFleet) return openFleet(servers, only, parts);
  return { lanes: [await createLane(only, parts)], follow: () => () => {}, begin: () => async () => {} };
}

async function openFleet(
  servers: ConnectedServers,
  { renderer: { capabilities } }: ConnectedServer,
  // Not among the parts that servers who come later need: they are many.
  { records, ...parts }: LaneParts,
): Promise<OpenedLanes> {
  const { config, requests, order, proof, accept } = parts;
  const { clock } = parts.environment;
  const { pins, notices } = pinsOfRun(recordedPins(records, order, proof), order, servers.all);
  const early: Notice[] = [];
  let session: WatchedLanes | undefined;
  let failure: { readonly error: unknown } | undefined;
  const say = (notice: Notice): void => {
    if (session === undefined) early.push(notice);
    else session.observers.onNotice(notice);
  };
  const warning = (message: string): void => say({ level: 'warn', message });
  for (const message of notices) warning(message);
  const fleet = new Fleet({
    requests,
    pins,
    clock,
    reconnect: config.reconnect,
    // A record is no part of what the fleet does just now.
    onChange: () => queueMicrotask(() => follow()),
    onNotice: say,
  });
  const memberOf = async (server: ConnectedServer): Promise<Member> => ({
    name: nameIn(servers.all, server),
    address: server.renderer.address ?? null,
    pixelGroup: server.pixelGroup,
    evaluator: await evaluatorOf(server, parts),
    comeBack: async (signal) => comeBack(server, clock, signal),
  });
  for (const member of await Promise.all(servers.all.map(memberOf))) fleet.join(member);
  const note = (watched: WatchedLanes): void => {
    const joined = fleet.members.map(({ name, address, pixelGroup }) => ({ name, address, pixelGroup }));
    const of = proof === undefined ? {} : { proof };
    const openTrials = lanes.wanted.length;
    const time = timestamp(clock);
    record(watched, { kind: 'fleet', ...of, members: joined, pins: { ...pins }, openTrials, time });
  };
  const come = async (server: ConnectedServer, before: string): Promise<void> => {
    const { renderer } = server;
    renderer.onWarning = (sentence) => warning(`${renderer.name}: ${afterColon(sentence)}`);
    servers.add(server);
    const member = await memberOf(server);
    if (member.name !== before) session?.observers.onServerGone(before);
    fleet.join(member);
    if (Object.values(pins).includes(server.pixelGroup))
      say({ level: 'info', message: `${server.renderer.name} is used from here on.` });
    if (session !== undefined) decide(session, true);
  };
  const { openTrials = 'auto' } = config;
  const lanes = new FleetLanes<Lane>({
    create: (n) => ({
      name: `open iteration ${n + 1}`,
      address: null,
      evaluator: fleet.evaluator(),
      capabilities,
      pixelGroupOf: (request: string): string => pins[request] ?? '',
      isFleet: true,
    }),
    // Workers of a queue come at any time: who names a number means it.
    count: (before) =>
      servers.mayGrow && openTrials !== 'auto' ? openTrials : fleet.openTrials(openTrials, before),
  });
  /** @param isNewcomer somebody else draws from here on, which is recorded in any case */
  const decide = (watched: WatchedLanes, isNewcomer: boolean): void => {
    let isNoted = false;
    // A proof learns nothing from its candidates: it keeps to as many as there were servers at its beginning.
    if (proof === undefined)
      lanes.settle(() => {
        note(watched);
        isNoted = true;
        const count = counted(lanes.wanted.length, 'iteration');
        say({ level: 'info', message: `${count} at a time from here on.` });
      });
    if (isNewcomer && !isNoted) note(watched);
  };
  const follow = (): void => {
    if (session === undefined || failure !== undefined) return;
    try {
      decide(session, false);
    } catch (error) {
      failure = { error };
    }
  };
  return {
    lanes: lanes.wanted,
    follow: (begin) => lanes.follow(begin),
    begin(watched) {
      session = watched;
      note(watched);
      for (const notice of early.splice(0)) say(notice);
      const endTelling = tellMembers(fleet, watched.observers);
      servers.latecomers.follow({
        accept,
        onCome: come,
        onLeftOut: ({ name: lane, address, reason }) =>
          watched.observers.onServer({
            lane,
            address,
            state: 'down',
            sentence: `${lane} is not used for now: ${afterColon(reason)}`,
          }),
        say: warning,
      });
      return async () => {
        await servers.latecomers.rest();
        fleet.close();
        endTelling();
        session = undefined;
        if (failure !== undefined) throw failure.error;
      };
    },
  };
}

/** No two members have the same. */
function nameIn(all: readonly ConnectedServer[], server: ConnectedServer): string {
  const { name } = server.renderer;
  const alike = all.filter(({ renderer }) => renderer.name === name);
  return alike.length < 2 ? name : `${name} (${alike.indexOf(server) + 1})`;
}
