/**
 * Samplers and schedulers of AUTOMATIC1111 under their ComfyUI names. Payloads name them as A1111 does, also as its old
 * versions did ("DPM++ 2M Karras"); a name that the server itself has is taken as it is.
 */
import { usageError } from '../../../shared/errors.ts';
import { didYouMean } from '../../../shared/nearest-name.ts';

/** What KSampler of the server knows; empty lists = not known yet, nothing is compared. */
export interface SamplerLists {
  readonly samplers: readonly string[];
  readonly schedulers: readonly string[];
}

export interface SamplerNames {
  readonly sampler: string;
  readonly scheduler: string;
  /** The scheduler stands for one that ComfyUI lacks. */
  readonly nearest: boolean;
}

export interface SamplerFields {
  /** For messages: `sampler_name`, `hr_sampler_name`. */
  readonly samplerField: string;
  readonly schedulerField: string;
  readonly sampler: string;
  /** Undefined = Automatic. */
  readonly scheduler: string | undefined;
  /** What Automatic stands for; undefined = what A1111 takes with the sampler. */
  readonly automatic?: string | undefined;
  /** For messages. */
  readonly payload: string;
}

/** @throws usage error `payload-unsupported` with the nearest name */
export function samplerNames(fields: SamplerFields, lists: SamplerLists): SamplerNames {
  const { sampler: asked, payload, samplerField, schedulerField } = fields;
  const { name, scheduler: suffix } = splitScheduler(asked);
  const known = SAMPLERS.get(fold(name));
  const own = lists.samplers.find((one) => one === asked);
  const sampler = own ?? known?.name;
  const isMissing = lists.samplers.length > 0 && sampler !== undefined && !lists.samplers.includes(sampler);
  if (sampler === undefined || isMissing) {
    const names = [...[...SAMPLERS.values()].map(({ label }) => label), ...lists.samplers];
    throw usageError(
      'payload-unsupported',
      `The payload "${payload}" sets "${samplerField}" to "${asked}", which ComfyUI does not have.${NO_SAMPLER.get(fold(name)) ?? didYouMean(asked, names)}`,
    );
  }
  const scheduler = own === undefined ? (suffix ?? fields.scheduler) : fields.scheduler;
  if (scheduler === undefined || fold(scheduler) === 'automatic') {
    return { sampler, scheduler: fields.automatic ?? known?.automatic ?? 'normal', nearest: false };
  }
  const found = lists.schedulers.find((one) => one === scheduler) ?? SCHEDULERS.get(fold(scheduler));
  if (found === undefined || (lists.schedulers.length > 0 && !lists.schedulers.includes(found))) {
    const names = [...SCHEDULER_LABELS, ...lists.schedulers];
    throw usageError(
      'payload-unsupported',
      `The payload "${payload}" sets "${schedulerField}" to "${scheduler}", which ComfyUI does not have.${NO_SCHEDULER.get(fold(scheduler)) ?? didYouMean(scheduler, names)}`,
    );
  }
  return { sampler, scheduler: found, nearest: fold(scheduler) === 'uniform' };
}

/** Old names hold both. */
function splitScheduler(asked: string): { name: string; scheduler: string | undefined } {
  const label = SCHEDULER_LABELS.find((one) => fold(asked).endsWith(` ${fold(one)}`));
  if (label === undefined) return { name: asked, scheduler: undefined };
  return { name: asked.trim().slice(0, -label.length - 1), scheduler: label };
}

function fold(text: string): string {
  return text.trim().toLowerCase();
}

interface KnownSampler {
  readonly label: string;
  readonly name: string;
  /** What A1111's scheduler "Automatic" stands for with this sampler. */
  readonly automatic: string;
}

const SAMPLERS: ReadonlyMap<string, KnownSampler> = new Map(
  (
    [
      ['Euler', 'euler', 'normal'],
      ['Euler a', 'euler_ancestral', 'normal'],
      ['LMS', 'lms', 'normal'],
      ['Heun', 'heun', 'normal'],
      ['DPM2', 'dpm_2', 'karras'],
      ['DPM2 a', 'dpm_2_ancestral', 'karras'],
      ['DPM fast', 'dpm_fast', 'normal'],
      ['DPM adaptive', 'dpm_adaptive', 'normal'],
      ['LCM', 'lcm', 'normal'],
      ['DPM++ 2M', 'dpmpp_2m', 'karras'],
      ['DPM++ SDE', 'dpmpp_sde', 'karras'],
      ['DPM++ 2M SDE', 'dpmpp_2m_sde', 'exponential'],
      ['DPM++ 2M SDE Heun', 'dpmpp_2m_sde_heun', 'exponential'],
      ['DPM++ 3M SDE', 'dpmpp_3m_sde', 'exponential'],
      ['DPM++ 2S a', 'dpmpp_2s_ancestral', 'karras'],
      ['UniPC', 'uni_pc', 'normal'],
      ['DDIM', 'ddim', 'ddim_uniform'],
    ] as const
  ).map(([label, name, automatic]) => [fold(label), { label, name, automatic }]),
);

/** What to use in place of those that only A1111 has. */
const NO_SAMPLER: ReadonlyMap<string, string> = new Map([
  ['restart', ' Use another one, such as "DPM++ 2M".'],
  ['plms', ' Use another one, such as "DDIM".'],
  ['ddim cfg++', ' Use another one, such as "DDIM".'],
]);

const SCHEDULERS: ReadonlyMap<string, string> = new Map([
  ['karras', 'karras'],
  ['exponential', 'exponential'],
  ['sgm uniform', 'sgm_uniform'],
  ['kl optimal', 'kl_optimal'],
  ['normal', 'normal'],
  ['uniform', 'normal'],
  ['simple', 'simple'],
  ['ddim', 'ddim_uniform'],
  ['beta', 'beta'],
]);
const SCHEDULER_LABELS = [
  'Karras',
  'Polyexponential',
  'Exponential',
  'SGM Uniform',
  'KL Optimal',
  'Align Your Steps',
  'Normal',
  'Uniform',
  'Simple',
  'Beta',
  'DDIM',
] as const;
const NO_SCHEDULER: ReadonlyMap<string, string> = new Map([
  ['polyexponential', ' Use another one, such as "Exponential".'],
  ['align your steps', ' Use another one, such as "Karras".'],
]);
