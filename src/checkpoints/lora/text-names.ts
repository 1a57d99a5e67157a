/** The layers of text encoders under the names of transformers' CLIP, with which all trainers name their modules. */
import type { Architecture } from '../../architectures/architecture.ts';
import { architectureRow } from '../../architectures/registry.ts';

export interface TextLayer {
  /** Prefixes of its modules. */
  readonly encoders: readonly string[];
  /** From `text_model.` on. Three names: one tensor holds three layers, each a third of its rows. */
  readonly names: readonly [string] | readonly [string, string, string];
  readonly of: 'weight' | 'bias';
  /** The tensor lies the other way round than the layer that the names mean. */
  readonly isTransposed?: boolean;
}

const OPEN_CLIP: Readonly<Record<string, string>> = {
  'attn.out_proj': 'self_attn.out_proj',
  'mlp.c_fc': 'mlp.fc1',
  'mlp.c_proj': 'mlp.fc2',
  ln_1: 'layer_norm1',
  ln_2: 'layer_norm2',
};

/** @returns undefined for a tensor of no text encoder */
export function textLayer(tensor: string, architecture: Architecture): TextLayer | undefined {
  for (const { layers, loraPrefixes: encoders, isOpenClip } of architectureRow(architecture).textEncoders) {
    const [found] = layers.exec(tensor) ?? [];
    if (found === undefined) continue;
    const rest = tensor.slice(found.length);
    const layer = isOpenClip ? openClipLayer(rest) : clipLayer(rest);
    return layer === undefined ? undefined : { encoders, ...layer };
  }
  return undefined;
}

const PROJECTION = 'text_projection';

type Layer = Omit<TextLayer, 'encoders'>;

function clipLayer(rest: string): Layer | undefined {
  const split = splitEnd(rest);
  if (split?.layer === PROJECTION) return { names: [PROJECTION], of: split.of };
  return split && { names: [`text_model.${split.layer}`], of: split.of };
}

function openClipLayer(rest: string): Layer | undefined {
  if (rest === 'positional_embedding') {
    return { names: ['text_model.embeddings.position_embedding'], of: 'weight' };
  }
  // A matrix that is multiplied from the right; the layer of transformers multiplies from the left.
  if (rest === PROJECTION) return { names: [PROJECTION], of: 'weight', isTransposed: true };
  if (rest === `${PROJECTION}.weight`) return { names: [PROJECTION], of: 'weight' };
  const [, number, inner = ''] = /^transformer\.resblocks\.(\d+)\.(.+)$/.exec(rest) ?? [];
  const fused = /^attn\.in_proj_(weight|bias)$/.exec(inner);
  const at = `text_model.encoder.layers.${number}`;
  if (fused !== null) {
    return {
      names: [`${at}.self_attn.q_proj`, `${at}.self_attn.k_proj`, `${at}.self_attn.v_proj`],
      of: fused[1] === 'bias' ? 'bias' : 'weight',
    };
  }
  const split = splitEnd(number === undefined ? rest : inner);
  if (split === undefined) return undefined;
  if (number === undefined) {
    const names = { token_embedding: 'embeddings.token_embedding', ln_final: 'final_layer_norm' };
    const name = Object.entries(names).find(([theirs]) => theirs === split.layer)?.[1];
    return name === undefined ? undefined : { names: [`text_model.${name}`], of: split.of };
  }
  const name = OPEN_CLIP[split.layer];
  return name === undefined ? undefined : { names: [`${at}.${name}`], of: split.of };
}

function splitEnd(name: string): { layer: string; of: 'weight' | 'bias' } | undefined {
  const [, layer, of] = /^(.+)\.(weight|bias)$/.exec(name) ?? [];
  return layer === undefined ? undefined : { layer, of: of === 'bias' ? 'bias' : 'weight' };
}
