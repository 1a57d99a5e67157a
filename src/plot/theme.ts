/** Colours of drawings inside a page that may be light or dark: variables that the page sets, each with its light value. */
import { ACCENTS, accentOf, AXIS, GREY, GRID, INK, PAPER } from './palette.ts';

const GROUND = { ink: INK, grey: GREY, axis: AXIS, grid: GRID, paper: PAPER } as const;

/** The same on a dark ground: lighter where the light ones would drown, and as far apart. */
const DARK = {
  ink: '#E6EAEF',
  grey: '#9CA4AE',
  axis: '#6B737D',
  grid: '#2C323A',
  paper: '#14171C',
  accents: ['#1F80C8', '#D55E00', '#0BAA7E', '#E39AC2', '#E69F00', '#9BD7F7', '#F4F0A0', '#8C5CF0'],
} as const;

const LIGHT_VARIABLES: readonly (readonly [string, string])[] = [
  ...Object.entries(GROUND).map(([name, colour]) => [`--plot-${name}`, colour] as const),
  ...ACCENTS.map((colour, index) => [`--plot-run-${index + 1}`, colour] as const),
];

const { accents, ...ground } = DARK;
const DARK_VARIABLES: typeof LIGHT_VARIABLES = [
  ...Object.entries(ground).map(([name, colour]) => [`--plot-${name}`, colour] as const),
  ...accents.map((colour, index) => [`--plot-run-${index + 1}`, colour] as const),
];

/**
 * Declarations for the style sheet of a page with drawings of `panelSvgs`: `light` for its root, `dark` for the root where the
 * page is dark. A page without them shows the light colours.
 */
export const PLOT_COLOURS = {
  light: declarations(LIGHT_VARIABLES),
  dark: declarations(DARK_VARIABLES),
} as const;

/** The colour of a run (position from 0) among so many, for legends in the page. */
export function runColour(run: number, runs: number): string {
  return themed(accentOf(run, runs));
}

/** Puts a variable in the place of every colour that has one; cells of heat maps keep theirs, they bring their own ground. */
export function themed(text: string): string {
  let result = text;
  for (const [name, colour] of LIGHT_VARIABLES) result = result.replaceAll(colour, `var(${name}, ${colour})`);
  return result;
}

function declarations(variables: typeof LIGHT_VARIABLES): string {
  return variables.map(([name, colour]) => `${name}: ${colour};`).join(' ');
}
