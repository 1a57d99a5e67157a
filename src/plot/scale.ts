/** Axes: where ticks go and how many digits they need. */

/** A linear axis. `min` and `max` are the ends of the axis, not ticks. */
export interface Scale {
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly ticks: readonly number[];
  /** Decimals that a tick needs. */
  readonly digits: number;
}

/** Ends of the values; undefined where there is none. Spreading thousands of values into Math.max would overflow the stack. */
export function extentOf(values: Iterable<number>): readonly [number, number] | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : undefined;
}

/** Smaller numbers are 0 to an image; their steps would leave what a double can hold. */
const TINY = 1e-100;

/** Differences in the last binary digits are noise of the arithmetic, not a range worth an axis. */
export function isFlat([low, high]: readonly [number, number]): boolean {
  return high - low <= Math.max(TINY, Math.max(Math.abs(low), Math.abs(high)) * 1e-9);
}

/**
 * An axis around the data with air at both ends (shares of the range) and ticks at 1, 2 or 5 times a power of ten.
 * Without data: 0 to 1. Flat data: a range around the value, so that it lies in the middle.
 */
export function scaleOf(extent: readonly [number, number] | undefined, below = 0.06, above = 0.06): Scale {
  const [low, high] = widened(extent);
  const min = low - (high - low) * below;
  const max = high + (high - low) * above;
  const step = niceStep((max - min) / 5);
  return { min, max, step, ticks: multiples(min, max, step), digits: digitsOf(step) };
}

/** Iterations 1 to `length`: whole ticks, the first one always 1. */
export function iterationScale(length: number, target = 6): Scale {
  const last = Math.max(1, length);
  const step = Math.max(1, niceStep(last / target));
  const air = Math.max(0.5, last * 0.012);
  // A tick at 2 would crowd the one at 1.
  const ticks = step === 1 ? multiples(1, last, 1) : [1, ...multiples(step === 2 ? 4 : step, last, step)];
  return { min: 1 - air, max: last + air, step, ticks, digits: 0 };
}

/** Ticks of a log axis between two positive ends: powers of ten, with 2 and 5 between them on short axes. */
export function logTicks(low: number, high: number): readonly number[] {
  const from = Math.floor(Math.log10(low));
  const to = Math.ceil(Math.log10(high));
  const factors = to - from > 4 ? [1] : to - from > 2 ? [1, 3] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = from; power <= to; power += 1) {
    for (const factor of factors) ticks.push(Number(`${factor}e${power}`));
  }
  return ticks.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
}

/** The largest of 1, 2, 5 × 10^n not far above `raw`. */
export function niceStep(raw: number): number {
  const power = Math.floor(Math.log10(raw));
  const lead = raw / 10 ** power;
  const factor = lead <= 1.2 ? 1 : lead <= 2.8 ? 2 : lead <= 6.5 ? 5 : 10;
  return Number(`${factor}e${power}`);
}

/** Fixed decimals with a true minus; very large and very small numbers with an exponent. */
export function formatNumber(value: number, digits: number): string {
  const size = Math.abs(value);
  const text =
    size >= 1e6 || (size > 0 && size < 10 ** -digits / 2) || digits > 8
      ? value
          .toExponential(2)
          .replace(/\.?0+e/, 'e')
          .replace('e+', 'e')
      : value.toFixed(digits);
  return minus(Number(text) === 0 ? text.replace('-', '') : text);
}

/** Decimals for scores in words: two more than the ticks and at least four, about six digits in all. */
export function scoreDigits({ min, max, digits }: Scale): number {
  const whole = Math.max(1, Math.ceil(Math.log10(Math.max(Math.abs(min), Math.abs(max)))));
  return Math.max(digits + 1, Math.min(Math.max(digits + 2, 4), 6 - whole));
}

/** Three significant digits, for numbers that run over orders of magnitude. */
export function formatSignificant(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  const rounded = Number(value.toPrecision(3));
  return minus(size >= 1e6 || size < 1e-4 ? rounded.toExponential().replace('e+', 'e') : String(rounded));
}

/** Shortest text, for tick labels of log axes and weights: at most `digits` decimals, no trailing zeros. */
export function formatShort(value: number, digits = 2): string {
  const text = formatNumber(value, digits);
  return text.includes('.') && !text.includes('e') ? text.replace(/\.?0+$/, '') : text;
}

/** Typographic minus. */
function minus(text: string): string {
  return text.replaceAll('-', '−');
}

function widened(extent: readonly [number, number] | undefined): readonly [number, number] {
  if (extent === undefined) return [0, 1];
  if (!isFlat(extent)) return extent;
  const [low, high] = extent;
  const size = Math.max(Math.abs(low), Math.abs(high));
  const half = size < TINY ? 0.5 : size * 0.1;
  return [low - half, high + half];
}

/** Multiples of the step within the ends, each the number nearest to its decimal text. */
function multiples(min: number, max: number, step: number): number[] {
  const digits = digitsOf(step);
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  const count = Math.max(0, Math.min(200, last - first + 1));
  return Array.from({ length: count }, (_, i) => {
    const value = (first + i) * step;
    return digits > 20 ? value : Number(value.toFixed(digits)) + 0;
  });
}

function digitsOf(step: number): number {
  return Math.min(100, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}
