/** The optional packages of a queue: loaded when one is used. */
import type * as BullMq from 'bullmq';
import type * as IoRedis from 'ioredis';
import { messageOf, usageError } from '../shared/errors.ts';

export interface QueuePackages {
  readonly bullmq: typeof BullMq;
  readonly ioredis: typeof IoRedis;
}

/**
 * @param names of the packages; others only in tests
 * @throws usage error `queue-package-missing`
 */
export async function loadQueuePackages(
  names: readonly [string, string] = ['bullmq', 'ioredis'],
): Promise<QueuePackages> {
  try {
    const [bullmq, ioredis]: [typeof BullMq, typeof IoRedis] = await Promise.all([
      import(names[0]),
      import(names[1]),
    ]);
    return { bullmq, ioredis };
  } catch (cause) {
    throw usageError(
      'queue-package-missing',
      `A queue needs the packages bullmq and ioredis, which are not installed with autombw: npm install -g bullmq@6 ioredis, or without -g if autombw is installed in a project (${firstLine(messageOf(cause))}).`,
      { cause },
    );
  }
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? '';
}
