import { WeightsFault } from './tensor.ts';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
/** The end record and the longest comment. */
const LONGEST_END = 22 + 0xffff;

/**
 * The entries of a ZIP file as PyTorch writes them: stored, not compressed, below 4 GiB.
 * @throws WeightsFault
 */
export function readZip(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return new Map(entriesOf(bytes, view));
  } catch (error) {
    // Offsets that point outside of the file.
    if (error instanceof RangeError) throw new WeightsFault('its ZIP directory is damaged', { cause: error });
    throw error;
  }
}

function* entriesOf(bytes: Uint8Array, view: DataView): Generator<[string, Uint8Array]> {
  const end = endOf(view);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < count; i++) {
    if (view.getUint32(at, true) !== ENTRY) throw new WeightsFault('its ZIP directory is damaged');
    const method = view.getUint16(at + 10, true);
    const size = view.getUint32(at + 24, true);
    const lengths = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const [nameLength = 0] = lengths;
    const local = view.getUint32(at + 42, true);
    const name = Buffer.from(bytes.subarray(at + 46, at + 46 + nameLength)).toString('utf8');
    if (method !== 0) throw new WeightsFault(`its part ${name} is compressed, which PyTorch never does`);
    if (view.getUint32(local, true) !== LOCAL) throw new WeightsFault('its ZIP directory is damaged');
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (start + size > bytes.byteLength) throw new WeightsFault(`its part ${name} is cut off`);
    yield [name, bytes.subarray(start, start + size)];
    at += 46 + lengths.reduce((sum, length) => sum + length);
  }
}

function endOf(view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - LONGEST_END); at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  throw new WeightsFault('it is cut off or not a ZIP file');
}
