/** The servers of a session: those that were proved, and those that may come later. */
import type { ServerReport } from '../renderers/index.ts';
import type { Latecomers } from './latecomers.ts';
import type { ConnectedServer } from './prove-server.ts';

export class ConnectedServers {
  /** Of the first one; the others have been checked to have the same models, merged and set alike. */
  readonly report: ServerReport;
  readonly latecomers: Latecomers;
  /** Servers that nobody knows of yet may come at any time. */
  readonly mayGrow: boolean;
  #all: readonly ConnectedServer[];

  constructor(
    all: readonly ConnectedServer[],
    report: ServerReport,
    latecomers: Latecomers,
    mayGrow = false,
  ) {
    this.#all = all;
    this.report = report;
    this.latecomers = latecomers;
    this.mayGrow = mayGrow;
  }

  /** At least one; whoever comes later is behind those that were there. */
  get all(): readonly ConnectedServer[] {
    return this.#all;
  }

  /** Several work on the run, or will as soon as they can be had. */
  get isFleet(): boolean {
    return this.mayGrow || this.#all.length > 1 || this.latecomers.isAwaiting;
  }

  add(server: ConnectedServer): void {
    this.#all = [...this.#all, server];
  }
}
