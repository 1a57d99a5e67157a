import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * A new family is one row. What knows a family by its name or the 27 blocks by their list would have to be found by hand, so
 * only these may: the rows, the codecs of Stable Diffusion's lists, and the simulated servers, which know by themselves.
 */
const MAY: readonly RegExp[] = [
  /^architectures\//,
  /^simulator\//,
  // Codecs of lists of 25 to 27 bare numbers.
  /^formats\/history-csv\.ts$/,
  /^space\/field-lists\.ts$/,
  /^recover\/best\.ts$/,
  // The first and last layers of Stable Diffusion, which a tool of the field adjusts; other families have nothing like it.
  /^checkpoints\/adjust\.ts$/,
  // A recipe format of another program, which has its own names for two families.
  /^weights\/mecha\//,
  // Offered to other programs.
  /^index\.ts$/,
];

const src = path.resolve(import.meta.dirname, '../../../src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !MAY.some((pattern) => pattern.test(file)));

/** Comments may speak of a family. */
function codeOf(file: string): string {
  return readFileSync(path.join(src, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

describe('the registry of architectures is the only place', () => {
  it.each([
    ['the id of a family', /['"`](?:sd1|sd2|sdxl)['"`]/],
    ['the list of 27 blocks', /\bSEARCH_ORDER\b/],
    ['a list of blocks as an enumeration', /z\.enum\((?:SEARCH_ORDER|WEIGHT_ORDERS|blocksOf)/],
    ['the keys of a network', /['"`](?:input_blocks|output_blocks|double_blocks\.\d|model\.diffusion_model)/],
  ])('that knows %s', (_, pattern) => {
    const known = pattern.source.includes('input_blocks') ? KEYS : [];
    expect(files.filter((file) => pattern.test(codeOf(file)) && !known.includes(file))).toEqual([]);
  });
});

const KEYS = [
  // The names of LoRA modules are a language of their own, between the keys of two programs.
  'checkpoints/lora/unet-names.ts',
  // Metadata of quantised files of every family names layers with any of these in front.
  'checkpoints/companions/layer-formats.ts',
];
