/** Small horizontal drawings of numbers with their uncertainty, as wide as the place that they are given. */
import { markup, type Html } from './html.ts';

export interface Span {
  readonly low: number;
  readonly high: number;
}

/** The span that holds all values and 0, with a little air; one unit wide where all are 0. */
export function spanOf(values: readonly number[]): Span {
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const air = (high - low) * 0.06 || 0.5;
  return { low: low < 0 ? low - air : low, high: high > 0 || low === 0 ? high + air : high };
}

/** An interval with its middle, and a line at 0. Its numbers stand beside it, so that nobody need read it. */
export function intervalBar({ low, high, middle }: Span & { readonly middle: number }, span: Span): Html {
  const place = (value: number): string =>
    (((Math.min(span.high, Math.max(span.low, value)) - span.low) / (span.high - span.low)) * 100).toFixed(1);
  const [from, to] = [Number(place(low)), Number(place(high))];
  return markup`<span class="interval" aria-hidden="true"
    ><i class="zero" style="left:${place(0)}%"></i
    ><i class="line" style="left:${from.toFixed(1)}%;width:${(to - from).toFixed(1)}%"></i
    ><i class="dot" style="left:${place(middle)}%"></i
  ></span>`;
}

/** A bar from 0, with the share of it that is darker, and a whisker over its uncertainty. */
export function shareBar(
  { value, low, high, inner }: Span & { readonly value: number; readonly inner: number },
  longest: number,
): Html {
  const wide = (share: number): string =>
    ((Math.min(longest, Math.max(0, share)) / (longest || 1)) * 100).toFixed(1);
  const [from, to] = [Number(wide(low)), Number(wide(high))];
  return markup`<span class="share" aria-hidden="true"
    ><i class="outer" style="width:${wide(value)}%"></i><i class="inner" style="width:${wide(inner)}%"></i
    ><i class="line" style="left:${from.toFixed(1)}%;width:${(to - from).toFixed(1)}%"></i
  ></span>`;
}
