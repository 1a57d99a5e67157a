/**
 * Output as fp8 with new scales: the matrices of numbered blocks become codes of e4m3, each with `LAYER.scale_weight` behind it and one marker
 * `scaled_fp8` for the file. Of the spellings in use this is the one that old and new loaders read. Everything else keeps a plain type.
 */
import { architectureRow } from '../architectures/registry.ts';
import type { Architecture, BlockName } from '../architectures/architecture.ts';
import { dtypeOf, type DType } from '../shared/safetensors/dtypes.ts';
import { UNET } from './architecture.ts';
import type { Draft } from './planned-tensor.ts';

const CODES = requireType('F8_E4M3');
const SCALES = requireType('F32');

/** @param block of the tensor */
export function becomesCodes(
  { name, shape, dtype }: Pick<Draft, 'name' | 'shape' | 'dtype'>,
  block: BlockName | undefined,
  architecture: Architecture,
): boolean {
  if (block === undefined || dtype.float === undefined || shape.length !== 2) return false;
  return name.endsWith('.weight') && architectureRow(architecture).path.includes(block);
}

/** @returns the tensor as codes, and its scale, whose content is found while merging */
export function asCodes(draft: Draft): readonly [codes: Draft, scale: Draft] {
  const { job } = draft;
  const kind = job.kind === 'copy' ? 'convert' : job.kind;
  const codes = { ...job, kind, bytesPerElement: CODES.bytes, type: CODES.float, isScaled: true } as const;
  const scale = {
    kind: 'bytes',
    offset: 0,
    count: 1,
    bytesPerElement: SCALES.bytes,
    type: SCALES.float,
    sources: [],
    bytes: new Uint8Array(SCALES.bytes),
    isScaleOfLast: true,
  } as const;
  return [
    { ...draft, dtype: CODES, job: codes },
    {
      ...renamed(draft, (name) => name.replace(/weight$/, 'scale_weight')),
      dtype: SCALES,
      shape: [1],
      job: scale,
    },
  ];
}

/**
 * Says to loaders that codes have scales. Two elements: multiply in full precision, which needs nothing of the graphics card.
 * @param like a tensor of the network, for its prefix
 */
export function marker(like: Pick<Draft, 'name' | 'stored'>): Draft {
  const count = 2;
  const job = {
    kind: 'bytes',
    offset: 0,
    count,
    bytesPerElement: CODES.bytes,
    type: CODES.float,
    sources: [],
    bytes: new Uint8Array(count),
  } as const;
  const own = like.name.slice(UNET.length);
  const name = `${UNET}scaled_fp8`;
  const stored = like.stored?.endsWith(own) === true ? like.stored.slice(0, -own.length) : undefined;
  return {
    name,
    ...(stored !== undefined && { stored: `${stored}scaled_fp8` }),
    dtype: CODES,
    shape: [count],
    job,
  };
}

function renamed({ name, stored }: Draft, rename: (name: string) => string): Pick<Draft, 'name' | 'stored'> {
  return { name: rename(name), ...(stored !== undefined && { stored: rename(stored) }) };
}

function requireType(name: string): DType {
  const dtype = dtypeOf(name);
  if (dtype === undefined) throw new Error(`there is no type ${name}`);
  return dtype;
}
