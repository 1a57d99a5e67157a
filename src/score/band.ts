/**
 * What is normal for one measure. Inside `low..high` the value is 1; outside it falls in a straight line to `FLOOR`,
 * reached at `lowEnd` and `highEnd`. An end left out means that the measure is never too small or never too large.
 */
export interface Band {
  readonly low?: number;
  readonly lowEnd?: number;
  readonly high?: number;
  readonly highEnd?: number;
  /** Straight in the measure, or in its common logarithm where it spans decades. */
  readonly scale: 'linear' | 'log';
}

/** Above 0, so that an image that fails one measure wholly can still be improved, and be seen to be, by the others. */
export const FLOOR = 0.02;

/** FLOOR..1. */
export function bandValue(band: Band, measured: number): number {
  const at = (edge: number): number => (band.scale === 'log' ? Math.log10(edge) : edge);
  // A measure on a logarithmic scale may well be 0: an image without any fine detail.
  const x = band.scale === 'log' ? Math.log10(Math.max(measured, Number.MIN_VALUE)) : measured;
  let value = 1;
  if (band.low !== undefined && band.lowEnd !== undefined) {
    value = Math.min(value, (x - at(band.lowEnd)) / (at(band.low) - at(band.lowEnd)));
  }
  if (band.high !== undefined && band.highEnd !== undefined) {
    value = Math.min(value, (at(band.highEnd) - x) / (at(band.highEnd) - at(band.high)));
  }
  return FLOOR + (1 - FLOOR) * Math.max(0, value);
}
