/** Which run a worker serves: one that has few workers, the oldest of those. */
import type { Redis } from 'ioredis';
import {
  isSameRelease,
  parsed,
  requestSetSchema,
  runDescriptionSchema,
  runEntrySchema,
  type RunDescription,
} from '../contract.ts';
import { keysOf, RUNS_KEY, type RunKeys } from '../keys.ts';
import type { ImageRequest } from '../../types.ts';

export interface FoundRun {
  readonly id: string;
  readonly keys: RunKeys;
  readonly description: RunDescription;
  readonly requests: readonly ImageRequest[];
}

export interface Finding {
  readonly redis: Redis;
  readonly version: string;
  /** Runs that this worker cannot serve now. */
  readonly isExcluded: (id: string) => boolean;
  /** Only runs that nobody serves. */
  readonly unservedOnly?: boolean;
  /** Told of a run of another version of autombw. */
  readonly onOtherVersion: (id: string, run: { readonly output: string; readonly version: string }) => void;
}

/** @returns undefined where no run wants a worker */
export async function findRun(finding: Finding): Promise<FoundRun | undefined> {
  const { redis, version, isExcluded, unservedOnly = false, onOtherVersion } = finding;
  const candidates: { readonly id: string; readonly workers: number; readonly since: number }[] = [];
  for (const [id, text] of Object.entries(await redis.hgetall(RUNS_KEY))) {
    if (!/^[0-9a-f]{16}$/.test(id) || isExcluded(id)) continue;
    const keys = keysOf(id);
    const entry = parsed(runEntrySchema, text);
    if ((await redis.exists(keys.description)) === 0) {
      // It was left behind by a coordinator that did not come back.
      await redis.hdel(RUNS_KEY, id);
      continue;
    }
    if (entry === undefined || (await redis.exists(keys.coordinator)) === 0) continue;
    if (!isSameRelease(entry.version, version)) {
      onOtherVersion(id, entry);
      continue;
    }
    const workers = await liveWorkers(redis, keys);
    if (workers === 0 || !unservedOnly) candidates.push({ id, workers, since: entry.since });
  }
  candidates.sort((one, other) => one.workers - other.workers || one.since - other.since);
  for (const { id } of candidates) {
    const keys = keysOf(id);
    const description = parsed(runDescriptionSchema, await redis.get(keys.description));
    if (description === undefined) continue;
    const requests = await requestsOf(redis, keys, description.set);
    if (requests !== undefined) return { id, keys, description, requests };
  }
  return undefined;
}

/** @returns undefined where they are not there */
export async function requestsOf(
  redis: Redis,
  keys: RunKeys,
  set: string,
): Promise<readonly ImageRequest[] | undefined> {
  return parsed(requestSetSchema, await redis.get(keys.set(set)));
}

async function liveWorkers(redis: Redis, keys: RunKeys): Promise<number> {
  const ids = await redis.smembers(keys.workers);
  return ids.length === 0 ? 0 : redis.exists(ids.map((id) => keys.worker(id)));
}
