/**
 * Conversion between float32 and the smaller float formats, one element at a time: the reference that everything faster
 * is tested against. Encoding rounds once, to nearest even, and treats overflow, infinities and subnormals as PyTorch does.
 */

/** A format by its bit layout; the sign is the top bit. */
interface Layout {
  readonly mantissaBits: number;
  readonly bias: number;
  readonly bits: 8 | 16;
  /** Bits of a float32 magnitude from which on everything overflows. */
  readonly tooLarge: number;
  /** What an overflow becomes: infinity, or the largest number where the format has none. */
  readonly overflow: number;
  readonly nan: number;
}

const LAYOUTS = {
  F16: { mantissaBits: 10, bias: 15, bits: 16, tooLarge: 0x4780_0000, overflow: 0x7c00, nan: 0x7e00 },
  BF16: { mantissaBits: 7, bias: 127, bits: 16, tooLarge: 0x7f80_0000, overflow: 0x7f80, nan: 0x7fc0 },
  // No infinities: everything above 448, infinity included, becomes 448, as in PyTorch 2.13 (early versions made NaN of it).
  F8_E4M3: { mantissaBits: 3, bias: 7, bits: 8, tooLarge: 0x43e0_0000, overflow: 0x7e, nan: 0x7f },
  F8_E5M2: { mantissaBits: 2, bias: 15, bits: 8, tooLarge: 0x4780_0000, overflow: 0x7c, nan: 0x7f },
} as const satisfies Record<string, Layout>;

export type SmallFloat = keyof typeof LAYOUTS;

/** Float32 bits of every pattern of the format: 256 or 65536 entries. */
export function decodeTable(format: SmallFloat): Float32Array {
  const layout: Layout = LAYOUTS[format];
  const { mantissaBits, bias, bits } = layout;
  const table = new Float32Array(2 ** bits);
  const patterns = new Uint32Array(table.buffer);
  const half = 2 ** (bits - 1);
  const topExponent = half / 2 ** mantissaBits - 1;
  for (let code = 0; code < half; code++) {
    const exponent = code >>> mantissaBits;
    const mantissa = code & (2 ** mantissaBits - 1);
    const isSpecial = format === 'F8_E4M3' ? code === half - 1 : exponent === topExponent;
    if (isSpecial) patterns[code] = 0x7f80_0000 | (mantissa << (23 - mantissaBits));
    else if (exponent === 0) table[code] = mantissa * 2 ** (1 - bias - mantissaBits);
    else table[code] = (1 + mantissa / 2 ** mantissaBits) * 2 ** (exponent - bias);
    patterns[code + half] = (patterns[code] ?? 0) | 0x8000_0000;
  }
  return table;
}

/**
 * @param from float32 values
 * @param to as many codes: Uint16Array or Uint8Array
 */
export function encodeAll(format: SmallFloat, from: Float32Array, to: Uint16Array | Uint8Array): void {
  const { mantissaBits, bias, bits, tooLarge, overflow, nan }: Layout = LAYOUTS[format];
  const patterns = new Uint32Array(from.buffer, from.byteOffset, from.length);
  const shift = 23 - mantissaBits;
  const signShift = 32 - bits;
  const signBit = 2 ** (bits - 1);
  const rebias = (127 - bias) << 23;
  const smallestNormal = (128 - bias) << 23;
  const belowHalf = 2 ** (shift - 1) - 1;
  // Multiplied by this, a subnormal of the format becomes a whole number.
  const perUnit = 2 ** (bias - 1 + mantissaBits);
  for (let i = 0; i < patterns.length; i++) {
    const pattern = patterns[i] ?? 0;
    const size = pattern & 0x7fff_ffff;
    const sign = (pattern >>> signShift) & signBit;
    let code: number;
    if (size > 0x7f80_0000) code = nan;
    else if (size >= tooLarge) code = overflow;
    else if (size < smallestNormal) code = nearestEven(Math.abs(from[i] ?? 0) * perUnit);
    else code = (size - rebias + belowHalf + ((size >>> shift) & 1)) >>> shift;
    to[i] = sign | code;
  }
}

/** Adding and subtracting 2^52 leaves a float64 no room for a fraction. @param x 0 to 2^51 */
function nearestEven(x: number): number {
  return x + 4_503_599_627_370_496 - 4_503_599_627_370_496;
}
