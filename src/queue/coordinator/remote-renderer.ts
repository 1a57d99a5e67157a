/** A worker's server as the stages of a run know servers: opened and proved where it is, and never asked for an image from here. */
import type { Capabilities, Renderer, ServerReport } from '../../renderers/index.ts';
import type { ImageRequest } from '../../types.ts';
import type { Registration } from '../contract.ts';

export class RemoteRenderer implements Renderer {
  readonly name: string;
  readonly address: string | undefined;
  readonly capabilities: Capabilities;
  /** The worker looks after that. */
  readonly epoch = 0;
  readonly worker: Registration;
  readonly #rearm: (signal: AbortSignal) => Promise<void>;

  /** @param name that no other server of the run has @param rearm resolves once the worker is there */
  constructor(worker: Registration, name: string, rearm: (signal: AbortSignal) => Promise<void>) {
    const { parts, optional, parameters, ...capabilities } = worker.capabilities;
    this.worker = worker;
    this.name = name;
    this.address = worker.address ?? undefined;
    this.capabilities = {
      ...capabilities,
      ...(optional !== undefined && { optional }),
      ...(parameters !== undefined && { parameters }),
      ...(parts !== undefined && { parts: plainParts(parts) }),
      // What it writes would lie on a machine that nobody here can reach.
      savesCheckpoint: false,
    };
    this.#rearm = rearm;
  }

  open(): Promise<ServerReport> {
    const { settings, modelA, modelB, others, ...report } = this.worker.report;
    return Promise.resolve({
      ...report,
      modelA: plainModel(modelA),
      modelB: plainModel(modelB),
      ...(others !== undefined && { others: others.map((other) => plainModel(other)) }),
      ...(settings !== undefined && { settings }),
    });
  }

  warnings(_requests: readonly ImageRequest[]): readonly string[] {
    return this.worker.warnings;
  }

  render(): AsyncIterable<never> {
    throw new Error(`${this.name} is not asked for images directly`);
  }

  async rearm(signal: AbortSignal): Promise<void> {
    await this.#rearm(signal);
  }

  close(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }
}

function plainParts({
  free,
  tied,
  whole,
}: NonNullable<Registration['capabilities']['parts']>): NonNullable<Capabilities['parts']> {
  return { free, ...(tied !== undefined && { tied }), ...(whole !== undefined && { whole }) };
}

/** Where its file lies says nothing here. */
function plainModel({ name, file, hash }: Registration['report']['modelA']): ServerReport['modelA'] {
  return { name, file, hash };
}
