/**
 * A small diffusion model that really computes: whatever tensors the server has merged, its images are made with. Steps,
 * guidance, size, prompts and seeds count; the names of samplers and schedules do not: there is one sampler.
 */
import type { StateDict } from '../../models/state-dict.ts';
import type { SampleBatch, World } from '../world.ts';
import { readSchedule, readVocabulary } from './assets.ts';
import { Graphs } from './graphs.ts';
import { layoutIssue } from './layout.ts';
import { TINY_WORLD } from './place.ts';
import { TinySampling } from './sampling.ts';

export interface TinyWorldSettings {
  /** Folder of the graphs; the package's own unless given. */
  readonly folder?: string | undefined;
  /** What stands between a graph's name and `.onnx`; nothing unless given. */
  readonly suffix?: string | undefined;
  /** Package with the runtime; another name only in tests. */
  readonly runtime?: string | undefined;
}

export type TinyWorld = Required<World>;

/** @throws usage error `onnx-runtime-missing`; run error `onnx-runtime-broken` or `tiny-world-failed` */
export async function createTinyWorld({
  folder = TINY_WORLD,
  suffix = '',
  runtime,
}: TinyWorldSettings = {}): Promise<TinyWorld> {
  const [schedule, vocabulary] = [readSchedule(folder), readVocabulary(folder)];
  const graphs = await Graphs.open({ folder, suffix, runtime });
  const refusals = new WeakMap<StateDict, string | undefined>();
  return {
    name: 'tiny',
    refuse: (model, part) => {
      if (part !== undefined) return layoutIssue(model, graphs, [part]);
      if (!refusals.has(model)) refusals.set(model, layoutIssue(model, graphs));
      return refusals.get(model);
    },
    begin: (batch: SampleBatch) => new TinySampling({ graphs, schedule, vocabulary }, batch),
    close: () => graphs.close(),
  };
}
