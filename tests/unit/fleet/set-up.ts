/** What the tests of a fleet over scripted servers begin with. */
import { Fleet } from '../../../src/fleet/fleet.ts';
import { NEVER_ABORTED } from '../../../src/shared/abort/never-aborted.ts';
import type {
  EvaluationEvents,
  Evaluator,
  Outcome,
  ServerState,
  Wanted,
} from '../../../src/trial/evaluator.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';
import { makeRequest } from '../renderers/make-request.ts';
import { ScriptedServer, type ServerSetting } from './scripted-server.ts';

const REQUESTS = Array.from({ length: 4 }, (_, n) => makeRequest({}, { id: `cats/${n}` }));
const ALL = REQUESTS.map(({ id }) => ({ request: id, index: 0 }));

export interface FleetTest {
  readonly clock: VirtualClock;
  readonly fleet: Fleet;
  readonly servers: readonly [ScriptedServer, ScriptedServer, ...ScriptedServer[]];
  readonly notices: string[];
  readonly sentences: string[];
  readonly states: ServerState[];
  readonly lanes: readonly [Evaluator, Evaluator];
  readonly measure: (lane: Evaluator, id: number, wanted?: Partial<Wanted>) => Promise<Outcome>;
}

/** A fleet of scripted servers of one pixel group, unless they are given others, and two open trials. */
export function setUp(
  settings: readonly Partial<ServerSetting>[] = [{}, {}],
  pins: Readonly<Record<string, string>> = Object.fromEntries(REQUESTS.map(({ id }) => [id, 'x'])),
): FleetTest {
  const clock = new VirtualClock();
  const notices: string[] = [];
  const sentences: string[] = [];
  const states: ServerState[] = [];
  const fleet = new Fleet({
    requests: REQUESTS,
    pins,
    clock,
    reconnect: 5,
    onNotice: ({ message }) => void notices.push(message),
  });
  const [one, other, ...more] = settings.map(
    (setting, n) => new ScriptedServer({ name: `gpu${n}`, clock, ...setting }),
  );
  if (one === undefined || other === undefined) throw new Error('a fleet of at least two');
  const servers = [one, other, ...more] as const;
  for (const { member } of servers) fleet.join(member);
  const events: EvaluationEvents = {
    onWarning: (sentence) => void sentences.push(sentence),
    onState: (state) => void states.push(state),
  };
  const measure = async (lane: Evaluator, id: number, wanted: Partial<Wanted> = {}): Promise<Outcome> =>
    lane.evaluate({ id, weights: {} }, { images: ALL, ...wanted }, NEVER_ABORTED, events);
  return {
    clock,
    fleet,
    servers,
    notices,
    sentences,
    states,
    measure,
    lanes: [fleet.evaluator(), fleet.evaluator()],
  };
}
