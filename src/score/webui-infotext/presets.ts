/** Scripts and extensions that write a score under the image: what their line looks like, and how to make it appear. */
export interface Preset {
  /** The first group is the number. */
  readonly pattern: string;
  /** What must be so; follows "it is there when". */
  readonly condition: string;
}

export const PRESET_NAMES = ['image-reward', 'aesthetic'] as const;

export type PresetName = (typeof PRESET_NAMES)[number];

/** By its name in any case; the real one goes on with "- generate human preference scores". */
export function isRewardScript(name: string): boolean {
  return /image\s*reward/i.test(name);
}

export const AESTHETIC_SETTING = 'aesthetic_scorer_enabled';

/** Both scores are raw and without bounds: about -2.5 to 2, and about 2 to 8. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  'image-reward': {
    pattern: String.raw`(?:^|\n|, )\s*ImageReward Score: *([^\s,]+)`,
    condition:
      'the WebUI has the ImageReward script and the payload has "script_name": "ImageReward - generate human preference scores" ' +
      'and "script_args": [false, 0]',
  },
  aesthetic: {
    pattern: String.raw`(?:^|\n|, )\s*Score: *([^\s,]+)`,
    condition:
      'the WebUI has the extension aesthetic-scorer with its setting aesthetic_scorer_enabled on, and saves the image',
  },
};
