/** All keys of a run at once. */
import type { Redis } from 'ioredis';
import { KEPT_MS, type RunKeys } from './keys.ts';

/** What lives for less than that ends by itself for a reason: signs of life, BullMQ's locks and the pauses of its checks. */
const SHORT_MS = 3600 * 1000;

/** What nobody touches for a week is gone by itself. */
export async function touchKeys(redis: Redis, keys: RunKeys): Promise<void> {
  for await (const found of keysUnder(redis, keys)) {
    const looking = redis.pipeline();
    for (const key of found) looking.pttl(key);
    const left = (await looking.exec()) ?? [];
    const touching = redis.pipeline();
    for (const [n, key] of found.entries()) {
      const milliseconds = Number(left[n]?.[1] ?? 0);
      const isLasting = milliseconds === -1 || milliseconds > SHORT_MS;
      if (isLasting) touching.pexpire(key, KEPT_MS);
    }
    await touching.exec();
  }
}

/** That the run has ended is still said, for the minute in which somebody may ask. */
export async function removeKeys(redis: Redis, keys: RunKeys): Promise<void> {
  for await (const found of keysUnder(redis, keys)) {
    const wanted = found.filter((key) => key !== keys.ended);
    if (wanted.length > 0) await redis.unlink(wanted);
  }
}

async function* keysUnder(redis: Redis, { prefix }: RunKeys): AsyncGenerator<string[]> {
  let cursor = '0';
  do {
    const [next, found] = await redis.scan(cursor, 'MATCH', `${globbed(prefix)}:*`, 'COUNT', 500);
    cursor = next;
    yield found;
  } while (cursor !== '0');
}

function globbed(text: string): string {
  return text.replaceAll(/[\\*?[\]]/g, String.raw`\$&`);
}
