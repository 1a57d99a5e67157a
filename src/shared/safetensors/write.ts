/** The bytes of a header, in a form that is the same whenever the content is. */
import type { Tensor } from './header.ts';

export interface HeaderContent {
  /** Kept in this order, before the tensors. */
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of their data. */
  readonly tensors: readonly Pick<Tensor, 'name' | 'dtype' | 'shape' | 'begin' | 'end'>[];
  /**
   * The data section begins at a multiple of this, 8 as in the reference library unless told; a larger one leaves room in
   * which the metadata can be rewritten without moving the data.
   */
  readonly alignment?: number;
}

/** Length field, JSON, and spaces up to the alignment: everything before the data section. */
export function headerBytes({ metadata, tensors, alignment = 8 }: HeaderContent): Uint8Array {
  const entries = tensors.map(
    ({ name, dtype, shape, begin, end }) =>
      `${JSON.stringify(name)}:${JSON.stringify({ dtype: headerName(dtype.name), shape, data_offsets: [begin, end] })}`,
  );
  // Written out entry by entry: an object would sort keys that look like integers to the front.
  const json = Buffer.from(
    `{${[`"__metadata__":${JSON.stringify(metadata)}`, ...entries].join(',')}}`,
    'utf8',
  );
  const total = Math.ceil((8 + json.length) / alignment) * alignment;
  const bytes = new Uint8Array(total).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(total - 8), true);
  bytes.set(json, 8);
  return bytes;
}

/** The reference library knows the type under this name only. */
function headerName(name: string): string {
  return name === 'F8_E4M3FN' ? 'F8_E4M3' : name;
}
