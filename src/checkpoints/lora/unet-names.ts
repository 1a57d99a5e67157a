/** The layers of a UNet under the names that diffusers gives them. Facts: the layouts of both, three stages to a level. */

const RESNET: Readonly<Record<string, string>> = {
  'in_layers.0': 'norm1',
  'in_layers.2': 'conv1',
  'emb_layers.1': 'time_emb_proj',
  'out_layers.0': 'norm2',
  'out_layers.3': 'conv2',
  skip_connection: 'conv_shortcut',
};

const SINGLE: Readonly<Record<string, string>> = {
  'input_blocks.0.0': 'conv_in',
  'time_embed.0': 'time_embedding.linear_1',
  'time_embed.2': 'time_embedding.linear_2',
  'label_emb.0.0': 'add_embedding.linear_1',
  'label_emb.0.2': 'add_embedding.linear_2',
  'out.0': 'conv_norm_out',
  'out.2': 'conv_out',
};

const STAGES = 3;

/**
 * @param layer without `model.diffusion_model.` and `.weight`, e.g. `input_blocks.1.1.proj_in`
 * @returns e.g. `down_blocks.0.attentions.0.proj_in`; undefined for what diffusers has no name for
 */
export function diffusersName(layer: string): string | undefined {
  const single = SINGLE[layer];
  if (single !== undefined) return single;
  const middle = /^middle_block\.([012])\.(.+)$/.exec(layer);
  if (middle !== null) {
    const [, place = '', inner = ''] = middle;
    return place === '1'
      ? `mid_block.attentions.0.${inner}`
      : resnet(`mid_block.resnets.${place === '0' ? 0 : 1}`, inner);
  }
  const [, side, number = '', inner = ''] = /^(input|output)_blocks\.(\d+)\.(.+)$/.exec(layer) ?? [];
  if (side === undefined) return undefined;
  return side === 'input' ? inDown(Number(number) - 1, inner) : inUp(Number(number), inner);
}

function inDown(stage: number, inner: string): string | undefined {
  const block = `down_blocks.${Math.floor(stage / STAGES)}`;
  const place = stage % STAGES;
  if (inner === '0.op') return `${block}.downsamplers.0.conv`;
  return resnetOrAttention(block, place, inner);
}

function inUp(stage: number, inner: string): string | undefined {
  const block = `up_blocks.${Math.floor(stage / STAGES)}`;
  // After the attention, or in its place where the level has none.
  if (/^[12]\.conv$/.test(inner)) return `${block}.upsamplers.0.conv`;
  return resnetOrAttention(block, stage % STAGES, inner);
}

function resnetOrAttention(block: string, place: number, inner: string): string | undefined {
  const rest = inner.slice(2);
  if (inner.startsWith('0.')) return resnet(`${block}.resnets.${place}`, rest);
  return inner.startsWith('1.') ? `${block}.attentions.${place}.${rest}` : undefined;
}

function resnet(name: string, inner: string): string | undefined {
  const ours = RESNET[inner];
  return ours === undefined ? undefined : `${name}.${ours}`;
}
