/**
 * How a server was before a search changed it, on the disk until it is so again. A search that is killed puts nothing back, and the
 * next one would take what it has left for what the server's user had chosen.
 */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { isWorkFile } from '../../checkpoints/work-files.ts';
import { makeServersFolder, serverFile } from '../../claims/server-file.ts';
import { clearLeftovers } from '../../shared/files/clear-leftovers.ts';
import { isReadFailure, readRegularFileSync } from '../../shared/files/read-file.ts';
import { replaceFile } from '../../shared/files/replace-file.ts';
import { parseJson } from '../../shared/parse-json.ts';
import { isSystemError } from '../../shared/system-error.ts';
import type { Client } from '../http/client.ts';
import { refreshList } from './calls.ts';
import { listModels } from './checkpoint.ts';
import { isMadeInMemory, meantBy } from './models.ts';
import type { ServerModel } from './schemas.ts';
import { isSameSetting } from './server-settings.ts';
import type { ServerSettings } from './server-settings.ts';
import { settingsText } from './settings-in-force.ts';
import type { ChangedSettings } from './settings-in-force.ts';

/** What a search changes and puts back. */
export interface ServerState {
  /** Title of the selected checkpoint; null = it cannot be said, or nobody has chosen it. */
  readonly checkpoint: string | null;
  readonly settings: ServerSettings;
}

export interface Recalled {
  readonly found: ServerState;
  /** Files of checkpoints that are selected because of an earlier search. */
  readonly left: readonly string[];
  /** A sentence, where an earlier search has not put everything back. */
  readonly warning?: string;
}

const changeSchema = z.object({ found: z.unknown(), left: z.array(z.unknown()).readonly() });
const recordSchema = z.object({
  format: z.literal(1),
  /** Of the search that wrote it: one that ends leaves another's alone. */
  id: z.string(),
  /** Path of the selected one, as the server says it. */
  checkpoint: z.string().nullable(),
  /** Paths of those that a search selects. */
  left: z.array(z.string()),
  settings: z.record(z.string(), changeSchema).readonly(),
});

type Kept = z.output<typeof recordSchema>;

export class AsFound {
  readonly #client: Client;
  readonly #file: string;
  readonly #id = randomUUID();

  /** @param folder of the file; the user's own unless given */
  constructor(client: Client, folder?: string) {
    this.#client = client;
    this.#file = serverFile(client.address, '.found.json', folder);
  }

  /**
   * What the server's user had, out of what is there now: what an earlier search has left counts for what it had found, and
   * whatever else is there is somebody's choice since. A file about another server at the same address says nothing.
   * @throws WebuiError
   */
  async recall(now: ServerState, models: readonly ServerModel[], signal: AbortSignal): Promise<Recalled> {
    const { checkpoint } = now;
    const isNobodys = checkpoint === null || isWorkFile(checkpoint);
    const usual = { found: { ...now, checkpoint: isNobodys ? null : checkpoint }, left: [] };
    await clearLeftovers(path.dirname(this.#file), path.basename(this.#file));
    const kept = this.#read();
    if (kept === undefined || !models.some(({ filename }) => kept.left.includes(filename))) return usual;
    const selected = checkpoint === null ? [] : meantBy(checkpoint, models).map(({ filename }) => filename);
    const isLeft =
      isNobodys || isMadeInMemory(checkpoint) || selected.some((file) => kept.left.includes(file));
    const before = isLeft ? await this.#listed(kept.checkpoint, models, signal) : undefined;
    const settings = settingsBefore(kept, now.settings);
    const found = {
      checkpoint: before?.title ?? usual.found.checkpoint,
      settings: { ...now.settings, ...settings },
    };
    const parts = [
      ...(before === undefined || selected.includes(before.filename) ? [] : [`checkpoint "${before.title}"`]),
      ...(Object.keys(settings).length === 0 ? [] : [settingsText(settings)]),
    ];
    return {
      found,
      left: before === undefined ? [] : selected,
      ...(parts.length > 0 && {
        warning: `An earlier search ended without restoring ${parts.join(' and ')}; this one will.`,
      }),
    };
  }

  /**
   * Before the first change. A disk that refuses costs only what a kill would leave.
   * @param left paths of the checkpoints that may be selected until all is put back
   */
  keep(
    checkpoint: string | null,
    left: readonly string[],
    settings: ChangedSettings,
    models: readonly ServerModel[],
  ): void {
    const [selected] = checkpoint === null || isMadeInMemory(checkpoint) ? [] : meantBy(checkpoint, models);
    const file = selected?.filename ?? null;
    const kept: Kept = { format: 1, id: this.#id, checkpoint: file, left: [...new Set(left)], settings };
    try {
      makeServersFolder(path.dirname(this.#file));
      replaceFile(this.#file, `${JSON.stringify(kept)}\n`, { mode: 0o600 });
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }

  /** All is put back. What another search has written since is left alone. */
  forget(): void {
    if (this.#read()?.id !== this.#id) return;
    try {
      fs.rmSync(this.#file);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }

  #read(): Kept | undefined {
    try {
      return recordSchema.safeParse(parseJson(readRegularFileSync(this.#file, LARGEST).toString())).data;
    } catch (error) {
      if (!isReadFailure(error)) throw error;
      return undefined;
    }
  }

  /** model-mixer makes names disappear from the list until the folder is read again. */
  async #listed(
    file: string | null,
    models: readonly ServerModel[],
    signal: AbortSignal,
  ): Promise<ServerModel | undefined> {
    if (file === null) return undefined;
    const listed = models.find(({ filename }) => filename === file);
    if (listed !== undefined) return listed;
    await refreshList(this.#client, signal);
    return (await listModels(this.#client, signal)).find(({ filename }) => filename === file);
  }
}

function settingsBefore({ settings }: Kept, now: ServerSettings): ServerSettings {
  const left = Object.entries(settings).filter(
    ([key, change]) =>
      key in now &&
      !isSameSetting(change.found, now[key]) &&
      change.left.some((value) => isSameSetting(value, now[key])),
  );
  return Object.fromEntries(left.map(([key, { found }]) => [key, found]));
}

/** Bytes: ours have some hundred. */
const LARGEST = 1e6;
