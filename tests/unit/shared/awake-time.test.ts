import { describe, expect, it } from 'vitest';
import { SleepGauge } from '../../../src/shared/awake-time.ts';

/** Seconds on two clocks that somebody moves. */
function gaugeOn(): {
  readonly gauge: SleepGauge;
  readonly pass: (seconds: number, used?: number) => number;
} {
  let now = 1e6;
  let used = 500;
  const gauge = new SleepGauge({ now: () => now, used: () => used });
  return {
    gauge,
    pass(seconds, worked = 0) {
      now += seconds * 1000;
      used += worked * 1000;
      return gauge.beat();
    },
  };
}

describe('the sleep of a process', () => {
  it('is what its heart has missed', () => {
    const { pass } = gaugeOn();
    for (let n = 0; n < 100; n++) expect(pass(1)).toBe(0);
    expect(pass(3600)).toBe(3_599_000);
    expect(pass(1)).toBe(3_599_000);
    expect(pass(60)).toBe(3_658_000);
  });

  it('is no long computation, and no little delay', () => {
    const { pass } = gaugeOn();
    expect(pass(4.9)).toBe(0);
    expect(pass(120, 115)).toBe(0);
    expect(pass(120, 10)).toBe(119_000);
  });
});
