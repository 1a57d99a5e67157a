/** From connected servers to what works on trials with them: a lane for the only server, or open trials that a fleet measures. */
import { Fleet } from '../fleet/fleet.ts';
import type { Member } from '../fleet/member.ts';
import type { JournalRecord } from '../journal/record.ts';
import type { SearchConfig } from '../config/schema.ts';
import type { Renderer } from '../renderers/index.ts';
import type { ImageRef } from '../trial/evaluator.ts';
import { comeBack } from './come-back.ts';
import type { ConnectedServers } from './connected-servers.ts';
import type { Environment } from './environment.ts';
import { groupsOf, pinsOfRun, recordedPins } from './fleet-pins.ts';
import type { Notice } from '../observers/observer.ts';
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
  readonly lanes: readonly Lane[];
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
  return { lanes: [await createLane(only, parts)], begin: () => async () => {} };
}

async function openFleet(
  servers: ConnectedServers,
  { renderer: { capabilities } }: ConnectedServer,
  parts: LaneParts,
): Promise<OpenedLanes> {
  const { config, requests, order, proof, records, accept } = parts;
  const { clock } = parts.environment;
  const { pins, notices } = pinsOfRun(recordedPins(records, order, proof), order, servers.all);
  const early: Notice[] = [];
  let session: WatchedLanes | undefined;
  const say = (notice: Notice): void => {
    if (session === undefined) early.push(notice);
    else session.observers.onNotice(notice);
  };
  const warning = (message: string): void => say({ level: 'warn', message });
  for (const message of notices) warning(message);
  const fleet = new Fleet({ requests, pins, clock, reconnect: config.reconnect, onNotice: say });
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
    record(watched, { kind: 'fleet', ...of, members: joined, pins: { ...pins }, time: timestamp(clock) });
  };
  const come = async (server: ConnectedServer): Promise<void> => {
    const { renderer } = server;
    renderer.onWarning = (sentence) => warning(`${renderer.name}: ${sentence}`);
    servers.add(server);
    fleet.join(await memberOf(server));
    if (session !== undefined) note(session);
    if (Object.values(pins).includes(server.pixelGroup))
      say({ level: 'info', message: `${server.renderer.name} takes part from here on.` });
  };
  const count = openTrialsOf(config, servers);
  const lanes = Array.from({ length: count }, (_, n) => ({
    name: count === 1 ? 'all WebUIs' : `open iteration ${n + 1}`,
    address: null,
    evaluator: fleet.evaluator(),
    capabilities,
    pixelGroupOf: (request: string): string => pins[request] ?? '',
    isFleet: true as const,
  }));
  return {
    lanes,
    begin(watched) {
      session = watched;
      note(watched);
      for (const notice of early.splice(0)) say(notice);
      const endTelling = tellMembers(fleet, watched.observers);
      servers.latecomers.follow({ accept, onCome: come, say: warning });
      return async () => {
        await servers.latecomers.rest();
        fleet.close();
        endTelling();
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

/** More help little, since every one of them is asked for without the scores of the others. */
const MOST_BY_THEMSELVES = 4;

function openTrialsOf(
  { openTrials = 'auto' }: SearchConfig,
  { all: servers, mayGrow }: ConnectedServers,
): number {
  if (openTrials !== 'auto') return mayGrow ? openTrials : Math.min(openTrials, servers.length);
  const groups = groupsOf(servers);
  const largest = Math.max(...groups.map(({ members }) => members));
  // So that no group waits for the slowest one of an iteration.
  const more = groups.length > 1 ? 1 : 0;
  return Math.min(Math.min(MOST_BY_THEMSELVES, largest) + more, servers.length);
}
