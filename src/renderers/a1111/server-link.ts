/** The link to one server across its restarts: the process that was found last, what was selected there before, and how it is put back. */
import type { Architecture } from '../../space/blocks.ts';
import type { Client } from '../http/client.ts';
import type { ServerReport } from '../renderer.ts';
import { AsFound, type Recalled } from './as-found.ts';
import { attach, reportOf, restoreCheckpoint, withHashes } from './attach.ts';
import type { Attachment, FoundServer } from './attach.ts';
import { asGone, refreshList } from './calls.ts';
import type { Backend, BackendOptions } from './backends/backend.ts';
import { isMadeInMemory } from './models.ts';
import { needsParts } from './modules.ts';
import { SettingsInForce } from './settings-in-force.ts';

export interface LinkOptions extends BackendOptions {
  readonly modelA: string;
  readonly modelB: string;
  readonly architecture: Architecture;
  readonly ways: readonly [Backend, ...Backend[]];
  readonly clearModules: boolean;
  readonly pollSeconds: number;
  /** See `ConnectOptions`; a server that was there before is waited for by whoever lost it. */
  readonly apiSeconds: number;
  /** Waited for before the first change on the server. */
  readonly rest: (signal: AbortSignal) => Promise<unknown>;
  /** Before that, the first time. @param selected the checkpoint. @throws where another search uses the server */
  readonly assertFree: (selected: string | null, signal: AbortSignal) => Promise<void>;
}

export class ServerLink {
  readonly settings: SettingsInForce;
  readonly #client: Client;
  readonly #options: LinkOptions;
  #way: Backend;
  #current: Attachment | undefined;
  #latest: Attachment | undefined;
  #epoch = 0;
  /** Title of the checkpoint that was selected before all searches that have not put it back; undefined before we came. */
  #found: string | null | undefined;
  readonly #asFound: AsFound;
  #recalled: Recalled | undefined;

  constructor(client: Client, options: LinkOptions) {
    this.#client = client;
    this.#options = options;
    this.#asFound = new AsFound(client);
    [this.#way] = options.ways;
    this.settings = new SettingsInForce(options.clearModules, needsParts(options.architecture));
  }

  /** The way that was found; before that, the first to be tried. */
  get way(): Backend {
    return this.#way;
  }

  /** Undefined = not connected, or what is known of the server is in doubt. */
  get current(): Attachment | undefined {
    return this.#current;
  }

  /** The last one, in doubt or not. */
  get latest(): Attachment | undefined {
    return this.#latest;
  }

  /** See `Renderer.epoch`; the first attachment is number 1. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Names of the checkpoints that may be selected because of us. */
  get checkpoints(): readonly (string | null | undefined)[] {
    const { modelA, modelB } = this.#options;
    return [modelA, modelB, this.#found, this.#latest?.servedA.filename, this.#latest?.servedB.file];
  }

  /** Connects, finds the backend again and selects model A; all of it is void after a restart of the server. */
  async find(waitSeconds: number, signal: AbortSignal): Promise<Attachment> {
    const { modelA, modelB, architecture, ways, pollSeconds, apiSeconds, rest, assertFree } = this.#options;
    const before = this.#latest;
    const attachment = await attach(this.#client, {
      modelA,
      earlierA: before?.servedA,
      modelB,
      architecture,
      // What was planned for one way must not be merged in another.
      ways: before === undefined ? ways : [before.way],
      wayOptions: this.#options,
      settings: this.settings,
      waitSeconds,
      pollSeconds,
      apiSeconds: before === undefined ? apiSeconds : 0,
      recall: async (now, models) => {
        this.#recalled = await this.#asFound.recall(now, models, signal);
        return this.#recalled.found;
      },
      // Before the first change on the server, so that a failure half way can be undone.
      onFound: async (server) => {
        if (this.#found === undefined) {
          await assertFree(server.now.checkpoint, signal);
          this.#noteFound(server);
        }
        await rest(signal);
      },
      signal,
    }).catch((error: unknown) => {
      throw before === undefined ? error : asGone(error, before.way.name, this.#client);
    });
    before?.session.abandon?.();
    this.#way = attachment.way;
    this.#epoch++;
    this.#current = attachment;
    this.#latest = attachment;
    return attachment;
  }

  /** A sentence each about what an earlier search has left. */
  get warnings(): readonly string[] {
    const { warning } = this.#recalled ?? {};
    return warning === undefined ? [] : [warning];
  }

  /** Whoever proves the merge does so once more, as after a new attachment. */
  countAsNew(): void {
    this.#epoch++;
  }

  /** The next image starts from finding the server. */
  forget(): void {
    this.#current = undefined;
  }

  /** With what the server has learned since it was found; undefined while that is in doubt. */
  async report(signal: AbortSignal): Promise<ServerReport | undefined> {
    if (this.#current === undefined) return undefined;
    const attachment = await withHashes(this.#client, this.#current, signal);
    this.#current = attachment;
    this.#latest = attachment;
    return reportOf(attachment, this.settings.unusual);
  }

  /** Settings and selection as they were found. Never throws. @returns a sentence for what could not be put back */
  async putBack(): Promise<readonly string[]> {
    const left = [...(await this.settings.restore(this.#client))];
    const failure = await this.#restoreSelection();
    if (failure !== undefined) left.push(failure);
    // Otherwise the next search has another try.
    if (left.length === 0) this.#asFound.forget();
    this.#found = undefined;
    return left;
  }

  /** The end of it. */
  drop(): void {
    this.#current = undefined;
    this.#latest = undefined;
  }

  #noteFound({ state, now, models, files, modules }: FoundServer): void {
    this.settings.begin(state.settings, now.settings, modules);
    this.#found = state.checkpoint;
    const left = [...files, ...(this.#recalled?.left ?? [])];
    this.#asFound.keep(state.checkpoint, left, this.settings.changes, models);
  }

  async #restoreSelection(): Promise<string | undefined> {
    const found = this.#found;
    if (found === undefined) return undefined;
    const asked = { modelA: this.#options.modelA, earlierA: this.#latest?.servedA };
    const failure = await restoreCheckpoint(this.#client, found, asked);
    if (failure === undefined || found === null || isMadeInMemory(found)) return failure;
    // The list may be out of date: model-mixer makes names disappear from it.
    await refreshList(this.#client, AbortSignal.timeout(REFRESH_MS));
    return restoreCheckpoint(this.#client, found, asked);
  }
}

const REFRESH_MS = 60_000;
