/** Shannon entropy of the luma histogram in bits, 0..8: below about 5 the image is flat. */
export function entropy(histogram: Uint32Array): number {
  let count = 0;
  for (const n of histogram) count += n;
  let bits = 0;
  for (const n of histogram) {
    if (n === 0) continue;
    const share = n / count;
    bits -= share * Math.log2(share);
  }
  return bits;
}
