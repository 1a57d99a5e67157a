/**
 * A number as Python writes a float: shortest form that reads back the same, always with a decimal point or an
 * exponent (`1.0`, `0.05`, `1e-05`). The files of the field are compared as text, so the form matters.
 */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    // Python pads the exponent to two digits.
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  if (Object.is(value, -0)) return '-0.0';
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
