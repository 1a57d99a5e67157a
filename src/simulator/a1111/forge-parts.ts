/**
 * Files of transformers on Forge hold the network alone, as a rule: text encoders and VAE come from the modules that are selected.
 */
import type { ModelFile } from '../models/model-folder.ts';
import type { StateDict } from '../models/state-dict.ts';
import { companionsOf, readsFor } from '../models/transformers/companions.ts';
import { encoderKind, kindsIn } from '../models/transformers/encoders.ts';
import type { EncoderKind } from '../models/transformers/encoders.ts';
import { familyOf } from '../models/transformers/family.ts';
import { encoderOf, vaeOf } from '../models/transformers/spelling.ts';
import { partOf } from '../models/state-dict.ts';
import { forgeError } from './failures.ts';

/** Those that Forge Neo has code for; Forge itself has less. */
const FAMILIES = [
  'flux1',
  'flux2',
  'chroma',
  'wan',
  'qwen-image',
  'lumina2',
  'z-image',
  'anima',
  'ernie-image',
];

/** What it calls them when they are missing. */
const NAMES: Partial<Readonly<Record<EncoderKind, string>>> = {
  clip_l: 'CLIP',
  t5xxl: 'T5',
  qwen25_7b: 'Qwen 2.5',
  qwen3_06b: 'Qwen3',
  qwen3_4b: 'Qwen3',
  qwen3_8b: 'Qwen3',
  gemma2_2b: 'Gemma2',
  ministral3_3b: 'Mistral3',
};

/**
 * The model that images are drawn with; the checkpoint itself where that is no transformer.
 * @throws the 500 of a family that is not known, or of a part that neither file nor modules have
 */
export function completed(checkpoint: StateDict, modules: readonly ModelFile[]): StateDict {
  const family = familyOf(checkpoint);
  if (family === undefined) return checkpoint;
  if (!FAMILIES.includes(family)) throw forgeError('ValueError', 'Failed to recognize model type!');
  const key = modules.map(({ path, version }) => `${path} ${version}`).join('|');
  const before = known.get(checkpoint);
  if (before?.key === key) return before.model;
  const model = new Map([...checkpoint, ...modules.flatMap(({ tensors }) => [...partIn(tensors)])]);
  const missing = missingFrom(family, model);
  if (missing !== undefined) {
    throw forgeError('AssertionError', `You do not have ${missing} state dict!`);
  }
  known.set(checkpoint, { key, model });
  return model;
}

/** One model stays one object, so that what is known of it is found again. */
const known = new WeakMap<StateDict, { readonly key: string; readonly model: StateDict }>();

function partIn(module: StateDict): StateDict {
  return encoderKind(module) === undefined ? vaeOf(module) : encoderOf(module);
}

/** Encoders are looked for before the VAE. */
function missingFrom(family: string, model: StateDict): string | undefined {
  const kinds = kindsIn(model);
  if (!readsFor(family, kinds, null)) {
    const { encoders = [], onForge = encoders } = companionsOf(family) ?? {};
    const lacking = onForge.find(({ kind }) => !kinds.includes(kind));
    return (lacking && NAMES[lacking.kind]) ?? 'CLIP';
  }
  return [...model.keys()].some((key) => partOf(key) === 'vae') ? undefined : 'VAE';
}
