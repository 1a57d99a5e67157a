/**
 * How a file spells the keys of its network. The same model is about with several prefixes and with none, and newer files call the
 * tensor of a norm `weight` where older ones say `scale`. Here everything has the prefix of a whole checkpoint and the newer name.
 */
import type { HeaderView } from '../architecture.ts';
import { UNET } from '../sd-unet.ts';
import { TRANSFORMER_FAMILIES } from './families.ts';
import type { NetworkKeys, TransformerFamily } from './family.ts';

export interface Spelling {
  readonly family: TransformerFamily;
  /** Before the network's keys in this file; empty where nothing is. */
  readonly prefix: string;
  readonly keys: NetworkKeys;
  /** The usual name of a tensor; tensors of other parts keep theirs. */
  rename(name: string): string;
}

/** The one under which a family is recognised counts. */
const PREFIXES = [UNET, 'diffusion_model.', 'model.model.', 'net.', 'model.', ''];

/** What lies beside the network in files whose network has no prefix. */
const BESIDE =
  /^(text_encoders?|vae|first_stage_model|cond_stage_model|conditioner|model_ema|clip_[lg]|t5xxl)\./;

const OLD_NORM = /(norms?(?:\.\d+)?)\.scale$/;

const known = new WeakMap<HeaderView, { readonly found: Spelling | undefined }>();

/** Undefined for a file of no family of transformers. */
export function spellingOf(header: HeaderView): Spelling | undefined {
  const before = known.get(header);
  if (before !== undefined) return before.found;
  const found = findSpelling(header);
  known.set(header, { found });
  return found;
}

function findSpelling(header: HeaderView): Spelling | undefined {
  for (const prefix of PREFIXES) {
    const keys = networkKeys(header, prefix);
    const family = TRANSFORMER_FAMILIES.find((one) => one.matches(keys));
    if (family !== undefined) return { family, prefix, keys, rename: (name) => rename(name, prefix) };
  }
  return undefined;
}

function rename(name: string, prefix: string): string {
  if (!name.startsWith(prefix) || (prefix === '' && BESIDE.test(name))) return name;
  return UNET + name.slice(prefix.length).replace(OLD_NORM, '$1.weight');
}

function networkKeys({ byName, tensors }: HeaderView, prefix: string): NetworkKeys {
  const has = (start: string): boolean => tensors.some(({ name }) => name.startsWith(prefix + start));
  return {
    has: (key) => byName.has(prefix + key),
    hasUnder: has,
    shapeOf: (key) => byName.get(prefix + key)?.shape,
  };
}
