import { describe, expect, it } from 'vitest';
import { ACCENTS, inkOn, scoreColour, weightColour } from '../../../src/plot/palette.ts';
import { PLOT_COLOURS } from '../../../src/plot/theme.ts';

type Triple = readonly [number, number, number];

/** Machado, Oliveira, Fernandes (2009), severity 1, on linear RGB. */
const VISION: Readonly<Record<string, readonly [Triple, Triple, Triple]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linear(colour: string): Triple {
  const channel = (at: number): number => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

const dot = (a: Triple, b: Triple): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** CIELAB under D65, as that kind of vision sees it. */
function lab(colour: string, vision: string): Triple {
  const rgb = linear(colour);
  const [r, g, b] = VISION[vision] ?? [rgb, rgb, rgb];
  const clip = (value: number): number => Math.min(1, Math.max(0, value));
  const seen: Triple = [clip(dot(r, rgb)), clip(dot(g, rgb)), clip(dot(b, rgb))];
  const f = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f(dot([0.4124, 0.3576, 0.1805], seen) / 0.9505);
  const y = f(dot([0.2126, 0.7152, 0.0722], seen));
  const z = f(dot([0.0193, 0.1192, 0.9505], seen) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function distance(a: string, b: string, vision: string): number {
  const [one, other] = [lab(a, vision), lab(b, vision)];
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
}

function contrast(a: string, b: string): number {
  const light = (colour: string): number => dot([0.2126, 0.7152, 0.0722], linear(colour));
  const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

const dark = [...PLOT_COLOURS.dark.matchAll(/--plot-run-\d: (#\w+)/g)].map(([, colour = '']) => colour);

describe.each(Object.keys(VISION))('in %s vision', (vision) => {
  it.each([
    ['light', [...ACCENTS]],
    ['dark', dark],
  ])('the colours of runs on a %s ground are far apart', (_, colours) => {
    expect(colours).toHaveLength(8);
    const distances = colours.flatMap((a, i) => colours.slice(i + 1).map((b) => distance(a, b, vision)));
    expect(Math.min(...distances)).toBeGreaterThan(16);
  });

  it('the colours of weights keep A, the even merge and B apart', () => {
    const [a, half, b] = [weightColour(0), weightColour(0.5), weightColour(1)];
    for (const pair of [distance(a, half, vision), distance(half, b, vision), distance(a, b, vision)]) {
      expect(pair).toBeGreaterThan(30);
    }
  });
});

describe('colours', () => {
  it('of runs stand out from a dark ground', () => {
    expect(Math.min(...dark.map((colour) => contrast(colour, '#14171C')))).toBeGreaterThan(3);
  });

  it('of heat maps take the numbers that stand in them', () => {
    for (let i = 0; i <= 100; i += 1) {
      for (const colour of [weightColour(i / 100), scoreColour(i / 100)]) {
        expect(contrast(colour, inkOn(colour))).toBeGreaterThan(4);
      }
    }
  });

  it('of weights outside 0 to 1 are those of the ends', () => {
    expect([weightColour(-1), weightColour(2)]).toEqual([weightColour(0), weightColour(1)]);
  });
});
