/** The element types of the safetensors format. */

export type FloatType = 'F64' | 'F32' | 'F16' | 'BF16' | 'F8_E4M3' | 'F8_E5M2';

export interface DType {
  /** As written in the header. */
  readonly name: string;
  /** Bytes of one element. */
  readonly bytes: number;
  /** The arithmetic type; undefined = not merged but taken from model A as it is. */
  readonly float: FloatType | undefined;
}

/** Floats that can be merged, integers, and types that are copied byte by byte. Sub-byte types are not supported. */
const DTYPES: ReadonlyMap<string, DType> = new Map(
  [
    float('F64', 8, 'F64'),
    float('F32', 4, 'F32'),
    float('F16', 2, 'F16'),
    float('BF16', 2, 'BF16'),
    float('F8_E4M3', 1, 'F8_E4M3'),
    // PyTorch's own name for the same type; seen in files of other writers.
    float('F8_E4M3FN', 1, 'F8_E4M3'),
    float('F8_E5M2', 1, 'F8_E5M2'),
    plain('BOOL', 1),
    plain('U8', 1),
    plain('I8', 1),
    plain('U16', 2),
    plain('I16', 2),
    plain('U32', 4),
    plain('I32', 4),
    plain('U64', 8),
    plain('I64', 8),
    plain('C64', 8),
    plain('F8_E8M0', 1),
    plain('F8_E4M3FNUZ', 1),
    plain('F8_E5M2FNUZ', 1),
  ].map((dtype) => [dtype.name, dtype]),
);

export function dtypeOf(name: string): DType | undefined {
  return DTYPES.get(name);
}

/** Several elements to a byte: codes, never values. */
export function isPackedType(name: string): boolean {
  return /^(F4|F6_E2M3|F6_E3M2|[IU][1-7]|NF4)(_|$)/.test(name);
}

export function knownDTypes(): string[] {
  return [...DTYPES.keys()];
}

function float(name: string, bytes: number, type: FloatType): DType {
  return { name, bytes, float: type };
}

function plain(name: string, bytes: number): DType {
  return { name, bytes, float: undefined };
}
