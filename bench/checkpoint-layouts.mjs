// Tensor names and shapes of real checkpoints: SD1.5 (859.5 M parameters in the UNet) and SDXL (2567 M), with text encoders and VAE; Flux.1 (11.9 B), the
// network alone, and shorter ones with fewer blocks of the same size.

/** @returns [name, shape][] in the order of a usual file: by name */
export function layoutOf(architecture) {
  if (architecture.startsWith('flux1')) return flux1(architecture).sort(([x], [y]) => (x < y ? -1 : 1));
  const tensors =
    architecture === 'sdxl' ? [...sdxlUnet(), ...sdxlText()] : [...sd1Unet(), ...clipL('cond_stage_model.')];
  return [...tensors, ...vae()].sort(([x], [y]) => (x < y ? -1 : 1));
}

export function parametersOf(layout, prefix = '') {
  return layout
    .filter(([name]) => name.startsWith(prefix))
    .reduce((sum, [, shape]) => sum + shape.reduce((product, size) => product * size, 1), 0);
}

const conv = (name, out, into, size = 3) => [
  [`${name}.weight`, [out, into, size, size]],
  [`${name}.bias`, [out]],
];
const linear = (name, out, into, bias = true) => [
  [`${name}.weight`, [out, into]],
  ...(bias ? [[`${name}.bias`, [out]]] : []),
];
const norm = (name, size) => [
  [`${name}.weight`, [size]],
  [`${name}.bias`, [size]],
];

/** @param id `flux1`, or `flux1:double_blocks=2,single_blocks=4` */
function flux1(id) {
  const count = (group, usual) => Number(new RegExp(`${group}=(\\d+)`).exec(id)?.[1] ?? usual);
  const p = 'model.diffusion_model.';
  const side = (name) => [
    ...linear(`${name}_mod.lin`, 6 * 3072, 3072),
    ...linear(`${name}_attn.qkv`, 3 * 3072, 3072),
    [`${name}_attn.norm.query_norm.scale`, [128]],
    [`${name}_attn.norm.key_norm.scale`, [128]],
    ...linear(`${name}_attn.proj`, 3072, 3072),
    ...linear(`${name}_mlp.0`, 4 * 3072, 3072),
    ...linear(`${name}_mlp.2`, 3072, 4 * 3072),
  ];
  const single = (name) => [
    ...linear(`${name}.modulation.lin`, 3 * 3072, 3072),
    ...linear(`${name}.linear1`, 7 * 3072, 3072),
    ...linear(`${name}.linear2`, 3072, 5 * 3072),
    [`${name}.norm.query_norm.scale`, [128]],
    [`${name}.norm.key_norm.scale`, [128]],
  ];
  const embedder = (name, into) => [
    ...linear(`${name}.in_layer`, 3072, into),
    ...linear(`${name}.out_layer`, 3072, 3072),
  ];
  return [
    ...linear(`${p}img_in`, 3072, 64),
    ...linear(`${p}txt_in`, 3072, 4096),
    ...embedder(`${p}time_in`, 256),
    ...embedder(`${p}guidance_in`, 256),
    ...embedder(`${p}vector_in`, 768),
    ...Array.from({ length: count('double_blocks', 19) }, (_, i) =>
      ['img', 'txt'].flatMap((half) => side(`${p}double_blocks.${i}.${half}`)),
    ).flat(),
    ...Array.from({ length: count('single_blocks', 38) }, (_, i) => single(`${p}single_blocks.${i}`)).flat(),
    ...linear(`${p}final_layer.linear`, 64, 3072),
    ...linear(`${p}final_layer.adaLN_modulation.1`, 2 * 3072, 3072),
  ];
}

function sd1Unet() {
  return unet({
    channels: [320, 640, 1280, 1280],
    depth: [1, 1, 1, 0],
    middle: 1,
    context: 768,
    linearProjection: false,
  });
}

function sdxlUnet() {
  return unet({
    channels: [320, 640, 1280],
    depth: [0, 2, 10],
    middle: 10,
    context: 2048,
    linearProjection: true,
    label: 2816,
  });
}

function unet({ channels, depth, middle, context, linearProjection, label }) {
  const p = 'model.diffusion_model.';
  const time = 1280;
  const res = (name, into, out) => [
    ...norm(`${name}.in_layers.0`, into),
    ...conv(`${name}.in_layers.2`, out, into),
    ...linear(`${name}.emb_layers.1`, out, time),
    ...norm(`${name}.out_layers.0`, out),
    ...conv(`${name}.out_layers.3`, out, out),
    ...(into === out ? [] : conv(`${name}.skip_connection`, out, into, 1)),
  ];
  const project = (name, size) => (linearProjection ? linear(name, size, size) : conv(name, size, size, 1));
  const attention = (name, size, blocks) => [
    ...norm(`${name}.norm`, size),
    ...project(`${name}.proj_in`, size),
    ...Array.from({ length: blocks }, (_, i) => transformer(`${name}.transformer_blocks.${i}`, size)).flat(),
    ...project(`${name}.proj_out`, size),
  ];
  const transformer = (name, size) => [
    ...[1, 2, 3].flatMap((n) => norm(`${name}.norm${n}`, size)),
    ...['attn1', 'attn2'].flatMap((attn) => [
      ...linear(`${name}.${attn}.to_q`, size, size, false),
      ...['to_k', 'to_v'].flatMap((part) =>
        linear(`${name}.${attn}.${part}`, size, attn === 'attn1' ? size : context, false),
      ),
      ...linear(`${name}.${attn}.to_out.0`, size, size),
    ]),
    ...linear(`${name}.ff.net.0.proj`, 8 * size, size),
    ...linear(`${name}.ff.net.2`, size, 4 * size),
  ];
  const [first] = channels;
  const out = [
    ...linear(`${p}time_embed.0`, time, first),
    ...linear(`${p}time_embed.2`, time, time),
    ...(label === undefined
      ? []
      : [...linear(`${p}label_emb.0.0`, time, label), ...linear(`${p}label_emb.0.2`, time, time)]),
    ...conv(`${p}input_blocks.0.0`, first, 4),
  ];
  const skips = [first];
  let size = first;
  let n = 1;
  for (const [level, channel] of channels.entries()) {
    for (let i = 0; i < 2; i++, n++) {
      out.push(...res(`${p}input_blocks.${n}.0`, size, channel));
      size = channel;
      if (depth[level] > 0) out.push(...attention(`${p}input_blocks.${n}.1`, size, depth[level]));
      skips.push(size);
    }
    if (level < channels.length - 1) {
      out.push(...conv(`${p}input_blocks.${n++}.0.op`, size, size));
      skips.push(size);
    }
  }
  out.push(
    ...res(`${p}middle_block.0`, size, size),
    ...attention(`${p}middle_block.1`, size, middle),
    ...res(`${p}middle_block.2`, size, size),
  );
  n = 0;
  for (const level of [...channels.keys()].toReversed()) {
    for (let i = 0; i < 3; i++, n++) {
      out.push(...res(`${p}output_blocks.${n}.0`, size + skips.pop(), channels[level]));
      size = channels[level];
      if (depth[level] > 0) out.push(...attention(`${p}output_blocks.${n}.1`, size, depth[level]));
      if (i === 2 && level > 0)
        out.push(...conv(`${p}output_blocks.${n}.${depth[level] > 0 ? 2 : 1}.conv`, size, size));
    }
  }
  return [...out, ...norm(`${p}out.0`, size), ...conv(`${p}out.2`, 4, size)];
}

function clipL(prefix) {
  const p = `${prefix}transformer.text_model.`;
  const layer = (name) => [
    ...['k_proj', 'out_proj', 'q_proj', 'v_proj'].flatMap((part) =>
      linear(`${name}.self_attn.${part}`, 768, 768),
    ),
    ...linear(`${name}.mlp.fc1`, 3072, 768),
    ...linear(`${name}.mlp.fc2`, 768, 3072),
    ...norm(`${name}.layer_norm1`, 768),
    ...norm(`${name}.layer_norm2`, 768),
  ];
  return [
    [`${p}embeddings.position_embedding.weight`, [77, 768]],
    [`${p}embeddings.token_embedding.weight`, [49408, 768]],
    ...Array.from({ length: 12 }, (_, i) => layer(`${p}encoder.layers.${i}`)).flat(),
    ...norm(`${p}final_layer_norm`, 768),
  ];
}

function sdxlText() {
  const p = 'conditioner.embedders.1.model.';
  const layer = (name) => [
    [`${name}.attn.in_proj_weight`, [3840, 1280]],
    [`${name}.attn.in_proj_bias`, [3840]],
    ...linear(`${name}.attn.out_proj`, 1280, 1280),
    ...linear(`${name}.mlp.c_fc`, 5120, 1280),
    ...linear(`${name}.mlp.c_proj`, 1280, 5120),
    ...norm(`${name}.ln_1`, 1280),
    ...norm(`${name}.ln_2`, 1280),
  ];
  return [
    ...clipL('conditioner.embedders.0.'),
    [`${p}positional_embedding`, [77, 1280]],
    [`${p}text_projection`, [1280, 1280]],
    [`${p}token_embedding.weight`, [49408, 1280]],
    ...Array.from({ length: 32 }, (_, i) => layer(`${p}transformer.resblocks.${i}`)).flat(),
    ...norm(`${p}ln_final`, 1280),
  ];
}

function vae() {
  const p = 'first_stage_model.';
  const res = (name, into, out) => [
    ...norm(`${name}.norm1`, into),
    ...conv(`${name}.conv1`, out, into),
    ...norm(`${name}.norm2`, out),
    ...conv(`${name}.conv2`, out, out),
    ...(into === out ? [] : conv(`${name}.nin_shortcut`, out, into, 1)),
  ];
  const middle = (name) => [
    ...res(`${name}.block_1`, 512, 512),
    ...norm(`${name}.attn_1.norm`, 512),
    ...['q', 'k', 'v', 'proj_out'].flatMap((part) => conv(`${name}.attn_1.${part}`, 512, 512, 1)),
    ...res(`${name}.block_2`, 512, 512),
  ];
  const out = [...conv(`${p}encoder.conv_in`, 128, 3), ...conv(`${p}decoder.conv_in`, 512, 4)];
  let size = 128;
  for (const [level, channel] of [128, 256, 512, 512].entries()) {
    for (let i = 0; i < 2; i++, size = channel)
      out.push(...res(`${p}encoder.down.${level}.block.${i}`, size, channel));
    if (level < 3) out.push(...conv(`${p}encoder.down.${level}.downsample.conv`, size, size));
  }
  for (const level of [3, 2, 1, 0]) {
    const channel = [128, 256, 512, 512][level];
    for (let i = 0; i < 3; i++, size = channel)
      out.push(...res(`${p}decoder.up.${level}.block.${i}`, size, channel));
    if (level > 0) out.push(...conv(`${p}decoder.up.${level}.upsample.conv`, size, size));
  }
  return [
    ...out,
    ...middle(`${p}encoder.mid`),
    ...norm(`${p}encoder.norm_out`, 512),
    ...conv(`${p}encoder.conv_out`, 8, 512),
    ...middle(`${p}decoder.mid`),
    ...norm(`${p}decoder.norm_out`, 128),
    ...conv(`${p}decoder.conv_out`, 3, 128),
    ...conv(`${p}quant_conv`, 8, 8, 1),
    ...conv(`${p}post_quant_conv`, 4, 4, 1),
  ];
}
