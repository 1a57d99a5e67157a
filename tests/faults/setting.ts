/** What a scenario changes of the usual search, and what it can do while that runs. */
import type { RendererOptions } from '../../src/renderers/index.ts';
import type { RunSummary } from '../../src/run/5-finish.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/index.ts';
import type { FaultProxy, ProxyOptions, Rule } from '../helpers/fault-proxy.ts';
import type { Timeline } from './timeline.ts';

/** What of the search is not as usual, and what goes wrong. */
export interface Setting {
  /** Of the simulator; images count from its start. */
  readonly faults?: readonly string[];
  readonly simulator?: Omit<SimulatorOptions, 'faults'>;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly renderer?: Partial<RendererOptions>;
  /** Of the proxy; they are in force from the end of the first iteration on. */
  readonly rules?: readonly Rule[] | ((scene: Scene) => readonly Rule[]);
  /** Beside that of the usual request. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Of the machine that the server is on, in place of its address. */
  readonly name?: string;
  readonly proxy?: Omit<ProxyOptions, 'target'>;
  /** In the address, `user:password`. */
  readonly login?: string;
  /** The folder of the run is reached by a symbolic link. */
  readonly isLinked?: boolean;
  /** No proxy lies between. */
  readonly isDirect?: boolean;
  /** They are in force before the search begins. */
  readonly fromStart?: boolean;
  /** The undisturbed search, where it is set in another way than this one. */
  readonly calmly?: Setting;
  /** What else is looked at when it is over. */
  readonly check?: (
    scene: Scene,
    end: { readonly summary?: RunSummary },
  ) => Promise<readonly string[]> | readonly string[];
}

/** What can be done while a search runs. */
export interface Scene {
  /** As the search is given it. */
  readonly url: string;
  readonly simulator: Simulator;
  readonly proxy: FaultProxy;
  readonly timeline: Timeline;
  readonly folder: string;
  /** Takes the place of the simulator's process. */
  readonly interrupt: AbortController;
}
