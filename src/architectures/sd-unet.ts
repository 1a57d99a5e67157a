/** What the checkpoints of SD1, SD2 and SDXL have in common: the keys of the UNet, and the parts beside it. */
import type { ArchitectureRow, BlockName, ComfyNode, HeaderView, Part } from './architecture.ts';

export const UNET = 'model.diffusion_model.';
export const VAE = 'first_stage_model.';
export const EMA = 'model_ema.';

export const NETWORK: ArchitectureRow['network'] = { name: 'UNet', prefix: UNET };
/** Width of the text encoder that the cross-attention was made for. */
const CONTEXT = `${UNET}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight`;
const FIRST = `${UNET}input_blocks.0.0.weight`;

export const VAE_PART: Part = { name: 'VAE', prefixes: [VAE] };
export const EMA_PART: Part = { name: 'EMA', prefixes: [EMA] };

function has({ tensors }: HeaderView, prefix: string): boolean {
  return tensors.some(({ name }) => name.startsWith(prefix));
}

/** Has the file a whole UNet under the usual prefix? */
export function hasUNet(header: HeaderView): boolean {
  return ['input_blocks.0.', 'middle_block.', 'output_blocks.0.'].every((part) => has(header, UNET + part));
}

/** SDXL and its refiner are told what the size of the image is. */
export function hasLabels(header: HeaderView): boolean {
  return has(header, `${UNET}label_emb.`);
}

/** The refiner is as deep as SD1. */
export function isDeep(header: HeaderView): boolean {
  return has(header, `${UNET}input_blocks.9.`);
}

/** SDXL's refiner, which has the blocks of SD1 and the labels of SDXL: no row matches it. */
export function isRefiner(header: HeaderView): boolean {
  return hasUNet(header) && hasLabels(header) && isDeep(header);
}

/** By its text encoder: is a UNet without labels one of SD2? */
export function isSecond(header: HeaderView): boolean {
  const width = header.byName.get(CONTEXT)?.shape[1];
  return width === 1024 || (width !== 768 && has(header, 'cond_stage_model.model.'));
}

/** By the channels that the first layer takes. */
export function variantOf({ byName }: HeaderView): string | undefined {
  const channels = byName.get(FIRST)?.shape[1];
  if (channels === 9) return 'inpainting';
  if (channels === 8) return 'instruct-pix2pix';
  return channels === 5 ? 'depth' : undefined;
}

/** @param blocks of the family, optional ones included. @returns the block of a key */
export function blockFinder(blocks: readonly BlockName[]): ArchitectureRow['blockOf'] {
  const known = new Set(blocks);
  return (key) => {
    if (!key.startsWith(UNET)) return undefined;
    const [part = '', number = ''] = key.slice(UNET.length).split('.', 2);
    const name = nameOf(part, number);
    return name !== undefined && known.has(name) ? name : undefined;
  };
}

function nameOf(part: string, number: string): BlockName | undefined {
  switch (part) {
    case 'input_blocks':
      return `IN${number.padStart(2, '0')}`;
    case 'output_blocks':
      return `OUT${number.padStart(2, '0')}`;
    case 'middle_block':
      return 'M00';
    case 'out':
      return 'OUT';
    case 'time_embed':
      return 'TIME_EMBED';
    case 'label_emb':
      return 'LABEL_EMB';
    default:
      return undefined;
  }
}

/** M00, OUT, TIME_EMBED and LABEL_EMB are no neighbours of the same kind as any other. */
export function sidesOf(blocks: readonly BlockName[]): BlockName[][] {
  return [/^IN\d\d$/, /^OUT\d\d$/].map((side) => blocks.filter((name) => side.test(name)));
}

/** IN00 to the last, M00, OUT00 to the last. */
export function pathOf(blocks: readonly BlockName[]): BlockName[] {
  return blocks.filter((name) => /\d\d$/.test(name));
}

/** @param dot what follows the number in an input's name: only the node of SDXL lacks the final dot there */
export function comfyInputs(blocks: readonly BlockName[], dot: '' | '.'): ComfyNode['inputs'] {
  return Object.fromEntries(blocks.map((block) => [block, inputsOf(block, dot)]));
}

function inputsOf(block: BlockName, dot: string): readonly string[] {
  if (block === 'M00') return [0, 1, 2].map((part) => `middle_block.${part}${dot}`);
  const [, side, number] = /^(IN|OUT)(\d\d)$/.exec(block) ?? [];
  if (number === undefined) return [`${block.toLowerCase()}.`];
  return [`${side === 'IN' ? 'input_blocks' : 'output_blocks'}.${Number(number)}${dot}`];
}
