import { describe, expect, it } from 'vitest';
import { describeArchitectureContract, makeHeader } from '../../contracts/architecture.contract.ts';
import { TRANSFORMERS } from '../../../src/architectures/ids.ts';
import { TRANSFORMER_FAMILIES } from '../../../src/architectures/transformers/families.ts';
import { architectureRow, architectureRows, ARCHITECTURES } from '../../../src/architectures/registry.ts';

const UNET = 'model.diffusion_model.';
const CONTEXT = `${UNET}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight`;

/** A UNet of that many input and output blocks. */
function unet(blocks: number, contextWidth: number): Record<string, readonly number[]> {
  const numbers = Array.from({ length: blocks }, (_, i) => i);
  return {
    ...Object.fromEntries(numbers.map((i) => [`${UNET}input_blocks.${i}.0.weight`, [320, 4, 3, 3]])),
    [CONTEXT]: [320, contextWidth],
    ...Object.fromEntries([0, 1, 2].map((i) => [`${UNET}middle_block.${i}.norm.weight`, [320]])),
    ...Object.fromEntries(numbers.map((i) => [`${UNET}output_blocks.${i}.0.weight`, [320]])),
    [`${UNET}out.2.weight`]: [4],
    [`${UNET}time_embed.0.weight`]: [4],
    'first_stage_model.decoder.conv_in.weight': [4],
    'model_ema.decay': [],
  };
}

const HEADERS = {
  sd1: { ...unet(12, 768), 'cond_stage_model.transformer.text_model.final_layer_norm.weight': [768] },
  sd2: { ...unet(12, 1024), 'cond_stage_model.model.ln_final.weight': [1024] },
  sdxl: {
    ...unet(9, 2048),
    [`${UNET}label_emb.0.0.weight`]: [1280, 2816],
    'conditioner.embedders.0.transformer.text_model.final_layer_norm.weight': [768],
    'conditioner.embedders.1.model.ln_final.weight': [1280],
  },
} as const;

for (const row of architectureRows()) {
  const made = Object.entries(HEADERS).find(([id]) => id === row.id)?.[1];
  if (made === undefined) throw new Error(`make a header for ${row.id}`);
  describeArchitectureContract(row, makeHeader(made));
}

describe('the registry', () => {
  it('has the ids of ids.ts, in their order', () => {
    expect(architectureRows().map(({ id }) => id)).toEqual(ARCHITECTURES);
    expect(TRANSFORMER_FAMILIES.map(({ id }) => id)).toEqual(TRANSFORMERS);
  });

  it('says how many blocks each family has', () => {
    const counts = ARCHITECTURES.map((id) => {
      const { blocks, optionalBlocks } = architectureRow(id);
      return [id, blocks.length, optionalBlocks];
    });
    expect(counts).toEqual([
      ['sd1', 27, []],
      ['sd2', 27, []],
      ['sdxl', 21, ['LABEL_EMB']],
    ]);
  });

  it('refuses an id that it does not know', () => {
    expect(() => architectureRow('sdlx')).toThrow(
      /^This version of autombw does not know the architecture "sdlx"; it knows sd1, sd2, sdxl\.$/,
    );
  });

  it('matches no refiner: it has the labels of SDXL and the depth of SD1', () => {
    const refiner = makeHeader({ ...unet(12, 1280), [`${UNET}label_emb.0.0.weight`]: [1280, 2560] });
    expect(architectureRows().filter((row) => row.recognise(refiner) !== undefined)).toEqual([]);
  });
});
