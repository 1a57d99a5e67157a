/**
 * Settings of the WebUI that stay in force for every image of a search, such as a VAE that was chosen in its pages. None
 * of them makes a search wrong, as long as they stay as they are: they are said before the run, written into its plan,
 * put back when somebody changes them, and looked for in the replies.
 */
import { isDeepStrictEqual } from 'node:util';
import { afterColon } from '../../shared/after-colon.ts';
import { messageOf, runError } from '../../shared/errors.ts';
import type { ImageRequest, Image } from '../../types.ts';
import type { Client } from '../http/client.ts';
import { MODEL_FIELD, webuiError } from '../http/errors.ts';
import type { WebuiError } from '../http/errors.ts';
import { MODULES } from './modules.ts';
import { ignoredSchema } from './schemas.ts';
import { baseName, fingerprint, modulesText } from './settings-in-reply.ts';
import { IN_FORCE, WATCHED } from './image-settings.ts';
import type { SettingInForce } from './image-settings.ts';
import { isSameSetting, readSettings } from './server-settings.ts';
import type { ServerSettings } from './server-settings.ts';

/** By the WebUI's own names. */
export type ChangedSettings = Readonly<
  Record<string, { readonly found: unknown; readonly left: readonly unknown[] }>
>;

export class SettingsInForce {
  readonly #clears: boolean;
  readonly #needsModules: boolean;
  /** The modules are those that the run asks for. */
  #hasOwnModules = false;
  /** As they were when we came; undefined before the first look. */
  #found: ServerSettings | undefined;
  /** As they are to be. */
  #held: ServerSettings = {};
  /** As they were when they were looked at or set last. */
  #now: ServerSettings = {};
  /** What the first image of each request said of them. */
  readonly #seen = new Map<string, ReadonlyMap<string, string>>();
  /** Settings that requests bring by themselves: a server does not put all of them back. */
  readonly #brought = new Set<string>();

  /**
   * @param clears those that bring other weights are taken out until `restore`
   * @param needsModules the models are of a family whose files mostly hold the network alone
   */
  constructor(clears = false, needsModules = false) {
    this.#clears = clears;
    this.#needsModules = needsModules;
  }

  /** Paths of the modules that will be in force with these settings, where the run asks for none of its own. */
  modulesIn(now: ServerSettings): readonly string[] {
    const modules = now[MODULES];
    return this.#clears || !Array.isArray(modules) ? [] : modules.map(String);
  }

  /** Those in force that are not at their usual value. */
  get unusual(): ServerSettings {
    return Object.fromEntries(
      IN_FORCE.filter((one) => isUnusual(one, this.#held)).map(({ key }) => [key, this.#held[key]]),
    );
  }

  /**
   * Before the first change: how they are to be in the end, and meanwhile.
   * @param found as their user left them
   * @param now as they are: a search that was killed has put nothing back
   * @param modules paths that the run asks for
   */
  begin(found: ServerSettings, now: ServerSettings, modules?: readonly string[]): void {
    this.#now = now;
    this.#found = Object.fromEntries(WATCHED.filter((key) => key in found).map((key) => [key, found[key]]));
    this.#hasOwnModules = modules !== undefined;
    this.#held = {
      ...this.#found,
      ...(this.#clears ? clearing(this.#found) : {}),
      ...(modules === undefined ? {} : { [MODULES]: modules }),
    };
  }

  /** What has to be put back in the end: how each was found, and what else it is until then. */
  get changes(): ChangedSettings {
    const found = this.#found ?? {};
    const keys = Object.keys({ ...differences(found, this.#held), ...differences(found, this.#now) });
    return Object.fromEntries(
      keys.map((key) => [key, { found: found[key], left: [this.#held[key], this.#now[key]] }]),
    );
  }

  /**
   * Makes them what they are to be, now or again; where nothing has begun, that is what they are.
   * @throws run error `webui-setting-refused` when the server does not take one
   */
  async hold(client: Client, now: ServerSettings, signal: AbortSignal): Promise<void> {
    if (this.#found === undefined) this.begin(now, now);
    this.#now = now;
    const wanted = differences(this.#held, now);
    if (Object.keys(wanted).length === 0) return;
    const kept = await set(client, wanted, signal);
    if (kept.length === 0) {
      this.#now = this.#held;
      return;
    }
    throw runError(
      'webui-setting-refused',
      `The WebUI at ${client.address} does not accept ${settingsText(pick(wanted, kept))}; set it by hand${this.#clears ? ', or leave out --clear-modules' : ''}.`,
    );
  }

  /** A sentence each; what every request brings by itself is not said. */
  warnings(requests: readonly ImageRequest[]): readonly string[] {
    const unusual = IN_FORCE.filter(
      (one) =>
        isUnusual(one, this.#held) &&
        (requests.length === 0 || !requests.every((request) => overrides(request, one.key))),
    );
    const [weights = '', others = ''] = [true, false].map((brings) => {
      const keys = unusual
        .filter(({ key, bringsWeights = false }) => bringsWeights === brings && !this.#speaksOf(key))
        .map(({ key }) => key);
      return settingsText(pick(this.#held, keys));
    });
    const idle = MODULES in this.#held ? requests.find((request) => overrides(request, 'sd_vae')) : undefined;
    const modules = settingsText(
      pick(
        this.#held,
        unusual.map(({ key }) => key).filter((key) => this.#speaksOf(key)),
      ),
    );
    return [
      ...(modules === ''
        ? []
        : [
            this.#hasOwnModules
              ? `Every image of the search is made with ${modules}; the previous selection in the WebUI is restored at the end.`
              : `The WebUI has ${modules} selected, which is used for every image of the search; use --text-encoder and --vae for others.`,
          ]),
      ...(weights === ''
        ? []
        : [
            `The WebUI has ${weights} selected, which replaces parts of the checkpoints in every image of the search. Use --clear-modules to run without.`,
          ]),
      ...(others === ''
        ? []
        : [`The WebUI's own settings affect every image of the search and are left unchanged: ${others}.`]),
      ...(idle === undefined
        ? []
        : [
            `The payload "${idle.payload}" sets sd_vae, which Forge ignores: it takes its VAE from ${MODULES}.`,
          ]),
    ];
  }

  /** @throws WebuiError `webui-wrong-reply` for an image that was made under other settings than those before */
  assertHeld(images: readonly Image[], address: string): void {
    for (const { request, reported } of images) {
      if (reported.infotext === null) continue;
      const now = fingerprint(reported.infotext);
      const before = this.#seen.get(request.id) ?? this.#expected(now, request);
      this.#seen.set(request.id, before);
      for (const label of new Set([...before.keys(), ...now.keys()])) {
        if (before.get(label) === now.get(label)) continue;
        throw changed(request, { label, was: before.get(label), is: now.get(label) }, address);
      }
    }
  }

  /**
   * Most settings stand in no reply: looked at after an image, they tell whether somebody changed one meanwhile.
   * @throws WebuiError `webui-wrong-reply` for the image of the request, which may have been made with either
   */
  assertUnchanged(now: ServerSettings, request: ImageRequest, address: string): void {
    const { override_settings: own } = request.body;
    if (typeof own === 'object' && own !== null) for (const key of Object.keys(own)) this.#brought.add(key);
    const [key] = Object.keys(differences(this.#held, now)).filter(
      (one) => one in now && !this.#brought.has(one),
    );
    if (key === undefined) return;
    const said = ({ [key]: value }: ServerSettings): string =>
      typeof value === 'string' ? value : JSON.stringify(value);
    throw changed(request, { label: wordsOf(key), was: said(this.#held), is: said(now) }, address);
  }

  /** Puts back what was cleared. Never throws. @returns a sentence for what could not be */
  async restore(client: Client): Promise<readonly string[]> {
    if (this.#found === undefined) return [];
    const wanted = Object.fromEntries(Object.entries(this.changes).map(([key, { found }]) => [key, found]));
    this.#held = this.#found;
    this.#now = this.#found;
    this.#found = undefined;
    if (Object.keys(wanted).length === 0) return [];
    try {
      const kept = await set(client, wanted, AbortSignal.timeout(RESTORE_MS));
      return kept.length === 0
        ? []
        : [`${settingsText(pick(wanted, kept))} could not be restored; set it by hand.`];
    } catch (error) {
      return [`${settingsText(wanted)} could not be restored: ${afterColon(messageOf(error))}`];
    }
  }

  /** A choice that is no stranger to the models. */
  #speaksOf(key: string): boolean {
    return key === MODULES && (this.#hasOwnModules || this.#needsModules);
  }

  /** The modules are known before the first image; of the rest the first image tells. */
  #expected(now: ReadonlyMap<string, string>, request: ImageRequest): ReadonlyMap<string, string> {
    const modules = this.#held[MODULES];
    const shown = now.get(MODULES);
    if (!Array.isArray(modules) || overrides(request, MODULES)) return now;
    // Versions that do not write them say nothing.
    if (shown === undefined) return now;
    return new Map([...now, [MODULES, modulesText(modules.map(String))]]);
  }
}

function differences(wanted: ServerSettings, now: ServerSettings): ServerSettings {
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => !isSameSetting(value, now[key])));
}

function clearing(found: ServerSettings): ServerSettings {
  return Object.fromEntries(
    IN_FORCE.filter((one) => one.bringsWeights === true && isUnusual(one, found)).map(({ key, usual }) => [
      key,
      usual[0],
    ]),
  );
}

function isUnusual({ key, usual }: SettingInForce, settings: ServerSettings): boolean {
  const value = settings[key] ?? null;
  return value !== null && !usual.some((one) => isDeepStrictEqual(one, value));
}

function overrides({ body }: ImageRequest, key: string): boolean {
  const settings = body['override_settings'];
  return typeof settings === 'object' && settings !== null && key in settings;
}

/** Sets them and reads them back: an unknown module is dropped in silence. @returns the keys that stayed as they were */
async function set(client: Client, wanted: ServerSettings, signal: AbortSignal): Promise<string[]> {
  await client.post('/sdapi/v1/options', wanted, ignoredSchema, signal, { patience: 'long', retry: true });
  return Object.keys(differences(wanted, await readSettings(client, signal)));
}

function pick(settings: ServerSettings, keys: readonly string[]): ServerSettings {
  return Object.fromEntries(keys.map((key) => [key, settings[key]]));
}

/** `SD VAE "x.safetensors" (sd_vae), Clip skip 2 (CLIP_stop_at_last_layers)` */
export function settingsText(settings: ServerSettings): string {
  return Object.entries(settings)
    .map(([key, value]) => {
      const words = wordsOf(key);
      const values = (Array.isArray(value) ? value : [value]).map((one: unknown) =>
        JSON.stringify(typeof one === 'string' ? baseName(one) : one),
      );
      return `${words} ${values.length === 0 ? 'none' : values.join(', ')} (${key})`;
    })
    .join(', ');
}

function wordsOf(key: string): string {
  return IN_FORCE.find((one) => one.key === key)?.words ?? key;
}

function changed(
  request: ImageRequest,
  {
    label,
    was,
    is,
  }: { readonly label: string; readonly was: string | undefined; readonly is: string | undefined },
  address: string,
): WebuiError {
  const name = label === MODULES ? 'VAE / Text Encoder' : label;
  const said = (value: string | undefined): string =>
    value === undefined || value === '' ? 'none' : `"${value}"`;
  return webuiError(
    'webui-wrong-reply',
    `The WebUI at ${address} made "${request.id}" with a different setting than at the start of the run: ${name} was ${said(was)} and is now ${said(is)}. Somebody changed it; leave the WebUI alone until the run ends.`,
    // Finding the server again puts it back, as it selects the checkpoint again.
    { field: MODEL_FIELD },
  );
}

const RESTORE_MS = 60_000;
