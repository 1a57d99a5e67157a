/** Colours and type of the figure, in one place. */

/**
 * One accent a run. The first six are Okabe and Ito's set for all kinds of colour vision (yellow and black left
 * out: too faint, too loud); the other four were picked to lie far from all of them in normal vision and in
 * simulated protanopia, deuteranopia and tritanopia (CIELAB distance of any two at least 16). From the eleventh run
 * on they repeat, with dashed lines.
 */
const ACCENTS = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#5C2A12',
  '#9A66F0',
  '#A9C977',
  '#1B1F8A',
] as const;

export const INK = '#1F2328';
export const GREY = '#6A7078';
export const AXIS = '#9AA0A8';
export const GRID = '#E7E9EC';
export const PAPER = '#FFFFFF';

/** The bundled family first; viewers of SVG and HTML without it take what they have. */
export const FONT = 'Inter, Helvetica Neue, Arial, sans-serif';

export function accentOf(run: number): string {
  return ACCENTS[run % ACCENTS.length] ?? INK;
}

export function dashOf(run: number): 'solid' | 'dashed' {
  return Math.floor(run / ACCENTS.length) % 2 === 0 ? 'solid' : 'dashed';
}
