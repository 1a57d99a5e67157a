/** The 39 arguments of model-mixer for three models to mix in: groups of one argument for each. Only model B is simulated. */
import { WEIGHT_ORDERS } from '../../../architectures/sd-lists.ts';
import type { AlwaysOnScript, ScriptArgument } from './extension.ts';

/** What the arguments ask for. */
export interface Mix {
  readonly modelA: string;
  readonly state: unknown;
  readonly usesB: boolean;
  readonly modelB: string;
  readonly mode: unknown;
  readonly multiplier: number;
  readonly usesBlocks: unknown;
  readonly selected: readonly unknown[];
  readonly weights: string;
  readonly usesElements: unknown;
  readonly calculation: unknown;
}

const LETTERS = ['B', 'C', 'D'];

export function mixerScript(titles: readonly string[]): AlwaysOnScript {
  const plain = (
    label: string,
    value: unknown,
    choices: readonly string[] | null = null,
  ): ScriptArgument => ({
    label,
    value,
    minimum: null,
    maximum: null,
    step: null,
    choices,
  });
  const each = (argument: (letter: string) => ScriptArgument): ScriptArgument[] => LETTERS.map(argument);
  return {
    name: 'model mixer',
    args: [
      plain('Enable Model Mixer', false),
      plain('Model A', titles[0] ?? null, titles),
      plain('Base Model used for Add-Difference mode', 'None', ['None']),
      plain('', LETTERS.length),
      plain('IN,OUT,OUT2,Contrast,Bright,COL1,COL2,COL3', ''),
      plain('', {}),
      ...each((letter) => plain(`Model ${letter}`, letter === 'B')),
      ...each((letter) => plain(`Merge ${letter}`, 'None', ['None'])),
      ...each((letter) => plain(`Merge Mode for Model ${letter}`, 'Sum', MODES)),
      ...each((letter) => ({
        ...plain(`Multiplier for Model ${letter}`, 0.5),
        minimum: -1,
        maximum: 2,
        step: 0.001,
      })),
      ...each(() => plain('Use advanced MBW mode', true)),
      ...each(() => plain('Merge Block Weights', [], ['ALL', ...GROUPS, ...WEIGHT_ORDERS.preset])),
      ...each(() => plain('Merge Block Weights', [], GROUPS)),
      ...each(() => plain(WEIGHTS_LABEL, Array.from({ length: 26 }, () => '0.5').join(','))),
      ...each(() => plain('Use Elemental merge', false)),
      ...each(() => plain('Blocks:Elements:Ratio,Blocks:Elements:Ratio,...', '')),
      ...each((letter) => plain(`Calcmode for Model ${letter}`, 'Normal', CALCULATIONS)),
    ],
  };
}

/** Undefined when it is not switched on. */
export function readMix(args: readonly unknown[]): Mix | undefined {
  if (args[0] !== true) return undefined;
  const [, modelA, , , , state, usesB, , , modelB, , , mode, , , multiplier, , , usesBlocks, , , selected] =
    args;
  return {
    modelA: String(modelA),
    state,
    usesB: usesB === true,
    modelB: String(modelB),
    mode,
    multiplier: Number(multiplier),
    usesBlocks,
    selected: Array.isArray(selected) ? selected : [],
    weights: String(args[27]),
    usesElements: args[30],
    calculation: args[36],
  };
}

/** What stands under the image, whether it was done or not. */
export function describeMix(mix: Mix): readonly (readonly [string, unknown])[] {
  const entry = (label: string, value: unknown): readonly [string, unknown] => [`ModelMixer ${label}`, value];
  const ofB = [
    entry('model b', mix.modelB),
    entry('merge mode b', mix.mode),
    entry('alpha b', mix.multiplier),
    entry('mbw mode b', mix.usesBlocks),
    entry('use elemental b', mix.usesElements),
    entry('calcmode b', mix.calculation),
    entry('mbw b', mix.selected.join(',')),
    entry('mbw weights b', mix.weights),
  ];
  return [
    entry('model a', mix.modelA),
    entry('max models', LETTERS.length),
    entry('use model b', mix.usesB),
    ...(mix.usesB && mix.modelB !== 'None' ? ofB : []),
    entry('use model c', false),
    entry('use model d', false),
  ];
}

const MODES = [
  'Sum',
  'Add-Diff',
  'DARE (droprate=0.5)',
  'DARE (lambda=1.0)',
  'Ties (droprate=0.5)',
  'Ties (lambda=1.0)',
  'Self',
  'Replace',
];
const CALCULATIONS = ['Normal', 'Rebasin', 'Cosine', 'Simple Cosine', 'Inv. Cosine', 'Simple Inv. Cosine'];
const GROUPS = ['BASE', 'INP*', 'MID', 'OUT*'];
const WEIGHTS_LABEL = 'Merge Block Weights: BASE,IN00,IN02,...IN11,M00,OUT00,...,OUT11';
