/** All keys of a run at once. */
import type { Redis } from 'ioredis';
import { KEPT_MS, type RunKeys } from './keys.ts';

/** What nobody touches for a week is gone by itself. */
export async function touchKeys(redis: Redis, keys: RunKeys): Promise<void> {
  for await (const found of keysUnder(redis, keys)) {
    const pipeline = redis.pipeline();
    // Signs of life have shorter times of their own.
    for (const key of found) if (!isSignOfLife(key, keys)) pipeline.pexpire(key, KEPT_MS);
    await pipeline.exec();
  }
}

export async function removeKeys(redis: Redis, keys: RunKeys): Promise<void> {
  for await (const found of keysUnder(redis, keys)) if (found.length > 0) await redis.unlink(found);
}

function isSignOfLife(key: string, { coordinator, worker, prefix }: RunKeys): boolean {
  // The lock of a job is BullMQ's sign of life.
  return (
    key === coordinator || key.startsWith(worker('')) || (key.startsWith(prefix) && key.endsWith(':lock'))
  );
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
  return text.replaceAll(/[\\*?[\]]/g, '\\$&');
}
