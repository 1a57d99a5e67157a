/** Sampler and scheduler as the server understands them: it never refuses a name, it replaces it. */
import LISTS from '../data/lists.json' with { type: 'json' };

interface Sampler {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly options: { readonly scheduler?: string | undefined };
}

interface Scheduler {
  readonly name: string;
  readonly label: string;
  readonly aliases: readonly string[] | null;
}

const SAMPLERS: readonly Sampler[] = LISTS.samplers;
const SCHEDULERS: readonly Scheduler[] = LISTS.schedulers;
const AUTOMATIC = 'Automatic';

export interface ResolvedSampler {
  /** As replies name it. */
  readonly name: string;
  /** Label of the noise schedule that is really used; `Automatic` where the sampler has none of its own. */
  readonly schedule: string;
}

/**
 * An unknown sampler becomes the first of the list, an unknown scheduler `Automatic`. A schedule at the end of the
 * sampler's name ("DPM++ 2M Karras") is split off and wins.
 */
export function resolveSampler(rawName: string | null, rawScheduler: string | null): ResolvedSampler {
  const [first] = SAMPLERS;
  if (first === undefined) throw new Error('The list of samplers is empty.');
  const split = splitOldName(rawName ?? first.name);
  const sampler = SAMPLERS.find((one) => namesOf(one).includes(split.name.toLowerCase())) ?? first;
  const wanted = split.scheduler ?? findScheduler(rawScheduler);
  const automatic = wanted === undefined || wanted.label === AUTOMATIC;
  const schedule = automatic ? findScheduler(sampler.options.scheduler ?? null) : wanted;
  return { name: sampler.name, schedule: schedule?.label ?? AUTOMATIC };
}

function splitOldName(name: string): { readonly name: string; readonly scheduler?: Scheduler } {
  for (const scheduler of SCHEDULERS) {
    for (const label of [scheduler.label, scheduler.name, ...(scheduler.aliases ?? [])]) {
      if (name.endsWith(` ${label}`)) return { name: name.slice(0, -label.length - 1), scheduler };
    }
  }
  return { name };
}

function namesOf(sampler: Sampler): string[] {
  return [sampler.name, ...sampler.aliases].map((name) => name.toLowerCase());
}

function findScheduler(name: string | null): Scheduler | undefined {
  return SCHEDULERS.find((scheduler) => scheduler.label === name || scheduler.name === name);
}
