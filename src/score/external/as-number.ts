/** A text that is a number as a whole becomes that number; anything else stays as it is. */
export function asNumber(value: unknown): unknown {
  const isNumeric =
    typeof value === 'string' && /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(value);
  return isNumeric ? Number(value) : value;
}
