/** Samplers and schedulers by the names that people and versions give them. The server replaces what it does not know in silence. */
import { usageError } from '../../../shared/errors.ts';
import { didYouMean } from '../../../shared/nearest-name.ts';
import type { ImageRequest } from '../../../types.ts';
import type { Samplers, Schedulers } from '../schemas.ts';

/**
 * Before anything is drawn. Of a list that the server does not give, everything is let through: its replies are checked, too.
 * @throws usage error `payload-unsupported` with the nearest name
 */
export function checkNames(
  requests: readonly ImageRequest[],
  { samplers, schedulers }: { readonly samplers: Samplers; readonly schedulers: Schedulers },
): void {
  for (const { payload, body } of requests) {
    const { sampler_name: sampler, scheduler } = body;
    if (typeof sampler === 'string' && sampler !== '' && samplers.length > 0) {
      const split = splitSampler(sampler, schedulers);
      // Versions before 1.9 name both in one.
      const schedule = typeof scheduler === 'string' ? [`${sampler} ${scheduler}`] : [];
      const wanted = [sampler, ...(split === undefined ? [] : [split.sampler]), ...schedule];
      const isKnown = samplers.some(({ name, aliases }) =>
        [name, ...aliases].some((one) => wanted.some((asked) => isSameSampler(one, asked))),
      );
      if (!isKnown)
        throw unknown(
          payload,
          'sampler_name',
          sampler,
          samplers.map(({ name }) => name),
        );
    }
    if (typeof scheduler !== 'string' || scheduler === '' || schedulers.length === 0) continue;
    const isKnown =
      isAutomatic(scheduler) || schedulers.some((one) => namesOf(one).some((name) => same(name, scheduler)));
    if (!isKnown)
      throw unknown(
        payload,
        'scheduler',
        scheduler,
        schedulers.map(({ label }) => label),
      );
  }
}

function unknown(payload: string, field: string, asked: string, known: readonly string[]): Error {
  return usageError(
    'payload-unsupported',
    `Payload ${payload}: the WebUI has no ${field === 'scheduler' ? 'scheduler' : 'sampler'} "${asked}" (${field}).${didYouMean(asked, known)} It has ${known.join(', ')}.`,
  );
}

/** Names of older versions hold both: "DPM++ 2M Karras". */
export function splitSampler(
  asked: string | undefined,
  schedulers: Schedulers,
): { sampler: string; scheduler: string } | undefined {
  if (asked === undefined) return undefined;
  for (const scheduler of schedulers) {
    const name = namesOf(scheduler).find((one) => asked.endsWith(` ${one}`));
    if (name !== undefined) {
      return { sampler: asked.slice(0, -name.length - 1), scheduler: scheduler.label };
    }
  }
  return undefined;
}

export function namesOf({ name, label, aliases }: Schedulers[number]): readonly string[] {
  return [label, name, ...(aliases ?? [])];
}

/** The server takes its samplers' names in any case, and their short names: `dpmpp_2m` or `k_dpmpp_2m` for "DPM++ 2M". */
export function isSameSampler(name: string, asked: string): boolean {
  const bare = (text: string): string =>
    text
      .toLowerCase()
      .replace(/^k_/, '')
      .replaceAll('++', 'pp')
      .replace(/ adaptive$/, '_ad')
      .replaceAll(/[^a-z0-9]/g, '');
  return bare(name) === bare(asked);
}

export function isAutomatic(scheduler: string): boolean {
  return same(scheduler, 'automatic');
}

export function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
