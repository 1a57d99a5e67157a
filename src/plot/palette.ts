/** Colours and type of the figure, in one place. */

/**
 * One accent a run. The first six are Okabe and Ito's set for all kinds of colour vision (yellow and black left
 * out: too faint, too loud); the other two were picked to lie far from all of them in normal vision and in
 * simulated protanopia, deuteranopia and tritanopia (CIELAB distance of any two at least 16). More colours than
 * these are not told apart at a glance: more runs get a small chart each.
 */
export const ACCENTS = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#5C2A12',
  '#9A66F0',
] as const;

export const INK = '#1F2328';
export const GREY = '#6A7078';
export const AXIS = '#9AA0A8';
export const GRID = '#E7E9EC';
export const PAPER = '#FFFFFF';

/** The bundled family first; viewers of SVG and HTML without it take what they have. */
export const FONT = 'Inter, Helvetica Neue, Arial, sans-serif';

/** So many runs have colours of their own; more are drawn in small charts, all in the first colour. */
export const MOST_COLOURS = ACCENTS.length;

/** @param runs how many runs the figure has */
export function accentOf(run: number, runs: number): string {
  return (runs > MOST_COLOURS ? ACCENTS[0] : ACCENTS[run]) ?? INK;
}

/** Between the colours of model A and model B at 0 and 1; what lies outside takes the colour of its end. */
export function weightColour(weight: number): string {
  return mixed(WEIGHTS, weight);
}

/** A score by its share of the range, 0 to 1: the darker the better. */
export function scoreColour(share: number): string {
  return mixed(SCORES, share);
}

/** Blue for A and orange for B keep apart in every kind of colour vision; the even merge is nearly white. */
const WEIGHTS = [
  [0, 92, 148],
  [133, 186, 219],
  [244, 243, 240],
  [243, 176, 118],
  [192, 80, 0],
] as const;

const SCORES = [
  [240, 245, 249],
  [150, 194, 222],
  [0, 92, 148],
] as const;

type Rgb = readonly [number, number, number];

function mixed(stops: readonly Rgb[], share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const before = Math.min(stops.length - 2, Math.floor(place));
  const [from, to] = [stops[before], stops[before + 1]];
  const part = (channel: 0 | 1 | 2): string => {
    const [low = 0, high = 0] = [from?.[channel], to?.[channel]];
    return Math.round(low + (high - low) * (place - before))
      .toString(16)
      .padStart(2, '0');
  };
  return `#${part(0)}${part(1)}${part(2)}`.toUpperCase();
}

/** Black or white, whichever reads better on a colour of {@link weightColour} or {@link scoreColour}. */
export function inkOn(colour: string): string {
  const channel = (at: number): number => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  // Relative luminance of WCAG; at 0.2 both inks have a contrast of 4.2.
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5) > 0.2 ? '#1A1A1A' : '#FEFEFE';
}
