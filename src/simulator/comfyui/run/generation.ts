/** The time that sampling takes, and the misfortunes that strike it. */
import { setImmediate as breathe } from 'node:timers/promises';
import { pause } from '../../../shared/abort/pause.ts';
import { faultsAt } from '../../faults.ts';
import type { FaultName } from '../../faults.ts';
import type { StateDict } from '../../models/state-dict.ts';
import type { Machine } from '../machine.ts';
import type { Begun } from '../nodes/node.ts';
import { PythonError } from '../python.ts';
import type { Reporter } from './reporter.ts';
import { checkStop, untilStopped } from './stop.ts';
import type { Stop } from './stop.ts';

export interface Steps {
  readonly node: string;
  readonly steps: number;
  readonly images: number;
  /** The world's work for one of them. */
  readonly onStep: () => Promise<void>;
}

export class Generation {
  readonly #machine: Machine;
  readonly #reporter: Reporter;
  readonly #stop: Stop;
  readonly #restart: () => void;
  /** What strikes half way through the next sampling. */
  #halfWay: ReadonlySet<FaultName> = new Set();

  constructor(machine: Machine, reporter: Reporter, stop: Stop, restart: () => void) {
    this.#machine = machine;
    this.#reporter = reporter;
    this.#stop = stop;
    this.#restart = restart;
  }

  /** @throws PythonError, Interrupted or ProcessEnded where a fault says so */
  async begin(unet: StateDict): Promise<Begun> {
    const machine = this.#machine;
    const faults = faultsAt(machine.settings.faults, ++machine.generations);
    const isStale = faults.has('stale-unet') && machine.lastUnet.size > 0;
    if (!isStale) machine.lastUnet = unet;
    if (faults.has('forget')) this.#restart();
    if (faults.has('stall')) await untilStopped(this.#stop);
    checkStop(this.#stop);
    if (faults.has('oom')) throw outOfMemory();
    if (faults.has('error500')) {
      throw new PythonError('RuntimeError', 'mat1 and mat2 shapes cannot be multiplied');
    }
    if (faults.has('disk-full')) throw new PythonError('OSError', '[Errno 28] No space left on device');
    this.#halfWay = faults;
    if (faults.has('nan')) return { unet: machine.lastUnet, spoilt: 'black' };
    const spoilt = (['black', 'grey', 'frozen', 'rubbish'] as const).find((name) => faults.has(name)) ?? null;
    return { unet: machine.lastUnet, spoilt };
  }

  async sample({ node, steps, images, onStep }: Steps): Promise<void> {
    const startedAt = performance.now();
    const milliseconds = this.#machine.settings.latencyMs * images;
    const faults = this.#halfWay;
    this.#halfWay = new Set();
    for (let step = 1; step <= steps; step++) {
      const left = startedAt + (milliseconds * step) / steps - performance.now();
      if (left > 1) await pause(left, this.#stop.ended);
      else await breathe();
      checkStop(this.#stop);
      await onStep();
      this.#reporter.step(node, step, steps);
      if (step !== Math.ceil(steps / 2)) continue;
      if (faults.has('drop')) this.#reporter.drop();
      if (faults.has('interrupted')) this.#stop.interruption.abort();
    }
    checkStop(this.#stop);
  }
}

function outOfMemory(): PythonError {
  return new PythonError(
    'torch.OutOfMemoryError',
    'CUDA out of memory. Tried to allocate 2.00 GiB.\nThis error means you ran out of memory on your GPU. TIPS: …',
  );
}
