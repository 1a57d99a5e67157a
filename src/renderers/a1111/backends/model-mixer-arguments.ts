/**
 * The arguments of model-mixer. They are numerous, move with the number of models that the WebUI is set to, and differ
 * between versions: each is found by its label and its place in the groups of one argument per model.
 */
import type { ScriptArgument } from '../schemas.ts';

export interface Mix {
  /** Any alias of the files. */
  readonly modelA: string;
  readonly modelB: string;
  /** 26 numbers: BASE, IN00..IN11, M00, OUT00..OUT11. */
  readonly weights: string;
}

export type Layout = readonly Slot[];

interface Slot {
  readonly label: string;
  readonly value: (mix: Mix) => unknown;
  /** What tells it from its namesakes and from the arguments without a label. */
  readonly mark?: { readonly words: string; readonly holds: (argument: ScriptArgument) => boolean };
}

/** @returns the layout of the server's version, or what is unlike all known ones, as part of a sentence */
export function findLayout(args: readonly ScriptArgument[]): Layout | { readonly odd: string } {
  const models = args.filter(({ label }) => /^Merge Mode for Model [B-Z]$/.test(label ?? '')).length;
  const layout = layoutFor(Math.max(models, 1));
  for (const [i, { label, mark }] of layout.entries()) {
    const argument = args[i];
    const got = argument?.label ?? '';
    if (argument === undefined) return { odd: `number ${i + 1}, "${label}", is missing` };
    if (got !== label) return { odd: `number ${i + 1} is "${got}" and should be "${label}"` };
    if (mark?.holds(argument) === false) {
      return { odd: `number ${i + 1} ("${label}") does not ${mark.words}` };
    }
  }
  const extra = args[layout.length];
  if (extra === undefined) return layout;
  return { odd: `number ${layout.length + 1}, "${extra.label ?? ''}", is unexpected` };
}

export function argumentsFor(layout: Layout, mix: Mix): readonly unknown[] {
  return layout.map(({ value }) => value(mix));
}

/** Model B is mixed in; C, D … stay out. Values as recorded, none left to the WebUI's own defaults. */
function layoutFor(models: number): Layout {
  const letters = Array.from({ length: models }, (_, i) => String.fromCharCode(0x42 + i));
  const each = (slot: (letter: string, isB: boolean) => Slot): readonly Slot[] =>
    letters.map((letter, i) => slot(letter, i === 0));
  const always = (value: unknown) => (): unknown => value;

  return [
    { label: 'Enable Model Mixer', value: always(true) },
    { label: 'Model A', value: ({ modelA }) => modelA },
    { label: 'Base Model used for Add-Difference mode', value: always('None') },
    {
      label: '',
      value: always(models),
      mark: { words: `hold the number of models, ${models}`, holds: ({ value }) => value === models },
    },
    { label: 'IN,OUT,OUT2,Contrast,Bright,COL1,COL2,COL3', value: always('') },
    {
      label: '',
      // With the default, an empty object, the merge fails inside and plain model A comes back.
      value: always({ save_settings: ['safetensors'] }),
      mark: { words: 'hold an object', holds: ({ value }) => typeof value === 'object' && value !== null },
    },
    ...each((letter, isB) => ({ label: `Model ${letter}`, value: always(isB) })),
    ...each((letter, isB) => ({
      label: `Merge ${letter}`,
      value: isB ? ({ modelB }) => modelB : always('None'),
    })),
    ...each((letter) => ({
      label: `Merge Mode for Model ${letter}`,
      value: always('Sum'),
      mark: offers('Sum'),
    })),
    ...each((letter) => ({ label: `Multiplier for Model ${letter}`, value: always(0.5) })),
    ...each(() => ({ label: 'Use advanced MBW mode', value: always(true) })),
    // With nothing selected the weights are ignored, and the multiplier is used for all, BASE included.
    ...each((_, isB) => ({
      label: 'Merge Block Weights',
      value: always(isB ? ['ALL'] : []),
      mark: offers('ALL'),
    })),
    ...each(() => ({ label: 'Merge Block Weights', value: always([]), mark: offers('BASE') })),
    ...each((_, isB) => ({
      label: 'Merge Block Weights: BASE,IN00,IN02,...IN11,M00,OUT00,...,OUT11',
      value: isB ? ({ weights }) => weights : always(UNUSED_WEIGHTS),
    })),
    ...each(() => ({ label: 'Use Elemental merge', value: always(false) })),
    ...each(() => ({ label: 'Blocks:Elements:Ratio,Blocks:Elements:Ratio,...', value: always('') })),
    ...each((letter) => ({
      label: `Calcmode for Model ${letter}`,
      value: always('Normal'),
      mark: offers('Normal'),
    })),
  ];
}

function offers(choice: string): NonNullable<Slot['mark']> {
  return { words: `offer "${choice}"`, holds: ({ choices }) => choices?.includes(choice) === true };
}

const UNUSED_WEIGHTS = Array.from({ length: 26 }, () => '0.5').join(',');
