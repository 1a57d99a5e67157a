/** The settings: a map of what was ever set, and defaults for the rest. Values are stored unchecked, as by the server. */
import DEFAULTS from './data/options.json' with { type: 'json' };
import { pythonError } from './failures.ts';
import { float } from './pydantic.ts';

const a1111: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['sd_model_checkpoint', null],
  ['sd_checkpoint_hash', ''],
  ...Object.entries(DEFAULTS),
]);

/** Settings that Forge has besides. */
const forge: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...a1111,
  ['forge_additional_modules', []],
  ['forge_unet_storage_dtype', 'Automatic'],
]);

export class OptionStore {
  readonly #defaults: ReadonlyMap<string, unknown>;
  /** Only what was set: a key that is not in here is not restored after an override. */
  readonly #data = new Map<string, unknown>();

  constructor(family: 'a1111' | 'forge' = 'a1111') {
    this.#defaults = family === 'forge' ? forge : a1111;
  }

  get(key: string): unknown {
    return this.#data.has(key) ? this.#data.get(key) : this.#defaults.get(key);
  }

  isSet(key: string): boolean {
    return this.#data.has(key);
  }

  /** @throws KeyError reply for a key that no part of the server knows */
  set(key: string, value: unknown): void {
    if (!this.#defaults.has(key)) throw pythonError('KeyError', `'${key}'`);
    this.#data.set(key, value);
  }

  /** @throws ValidationError reply when any stored value has the wrong type: for everybody, until it is repaired */
  all(): Record<string, unknown> {
    const values = Object.fromEntries([...this.#defaults.keys()].map((key) => [key, this.get(key)]));
    const faults = Object.entries(values).flatMap(([key, value]) => {
      const fault = faultOf(this.#defaults.get(key), value);
      return fault === undefined ? [] : [`response -> ${key}\n  ${fault}`];
    });
    if (faults.length > 0) {
      const plural = faults.length === 1 ? '' : 's';
      const head = `${faults.length} validation error${plural} for Options`;
      throw pythonError('ValidationError', [head, ...faults].join('\n'));
    }
    return values;
  }
}

/** The type is taken from the default; where that is empty (0, "", null, false) anything goes. */
function faultOf(standard: unknown, value: unknown): string | undefined {
  if (value === null) return undefined;
  switch (typeof standard) {
    case 'number':
      if (standard === 0 || float(value) !== undefined) return undefined;
      return 'value is not a valid float (type=type_error.float)';
    case 'boolean':
      if (!standard || typeof value === 'boolean') return undefined;
      return 'value could not be parsed to a boolean (type=type_error.bool)';
    case 'string':
      if (standard === '' || typeof value === 'string' || typeof value === 'number') return undefined;
      return 'str type expected (type=type_error.str)';
    default:
      if (!Array.isArray(standard) || standard.length === 0 || Array.isArray(value)) return undefined;
      return 'value is not a valid list (type=type_error.list)';
  }
}
