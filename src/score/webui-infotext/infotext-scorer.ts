import { messageOf, runError } from '../../shared/errors.ts';
import { asNumber } from '../external/as-number.ts';
import { judgedScore, imageName } from '../external/judged-score.ts';
import { firstGroup, MAX_TEXT } from '../external/pattern.ts';
import { quote } from '../external/quote.ts';
import { rangeOf } from '../external/settings.ts';
import { outsideVersion } from '../external/version.ts';
import { withoutBlank } from '../external/without-blank.ts';
import type { Scorer, ScoreItem, ScoreResult } from '../scorer.ts';
import { isRewardScript, PRESETS } from './presets.ts';
import type { PresetName } from './presets.ts';
import type { InfotextSettings } from './settings.ts';

/**
 * A number that the WebUI itself has written into the text under the image.
 * @throws `score` the run errors `score-missing`, `score-not-finite` and `score-out-of-range`
 */
export function createInfotextScorer(settings: InfotextSettings): Scorer {
  const { preset, pattern } = settings;
  const scorer = {
    id: 'webui-infotext',
    version: outsideVersion('webui-infotext/1', settings, [preset ?? null, pattern ?? null]),
    needsPrompt: false,
    range: rangeOf(settings),
    higherIsBetter: settings.higherIsBetter,

    ...(preset === undefined
      ? {}
      : {
          refuses: (_: string, body: Readonly<Record<string, unknown>> = {}) => refusal(preset, body),
        }),

    score: async (items: readonly ScoreItem[]): Promise<readonly ScoreResult[]> =>
      withoutBlank(items, async (rest) =>
        rest.map((item) => judgedScore(scorer, asNumber(scoreIn(item, settings)), item)),
      ),
  };
  return scorer;
}

/** Only a payload that runs the script gets its score. */
function refusal(preset: PresetName, body: Readonly<Record<string, unknown>>): string | undefined {
  const { script_name: script } = body;
  if (preset !== 'image-reward' || (typeof script === 'string' && isRewardScript(script))) return undefined;
  const runs =
    typeof script === 'string' && script !== '' ? `runs the script "${script}"` : 'does not run a script';
  return `its payload ${runs}, but the score is only there when ${PRESETS[preset].condition}`;
}

function scoreIn(item: ScoreItem, { preset, pattern }: InfotextSettings): string {
  const { infotext } = item;
  // Prompts come first and may quote a score of their own: a preset looks at what the WebUI has added.
  const text = infotext === null || preset === undefined ? infotext : lastLines(infotext);
  const found =
    text === null ? undefined : searched(preset ? PRESETS[preset].pattern : (pattern ?? ''), text);
  if (found !== undefined) return found;
  const condition = preset
    ? PRESETS[preset].condition
    : 'a script or an extension of the WebUI writes it and the setting pattern fits';
  const shown = infotext === null ? 'which has none' : `"${quote(lastLines(infotext), 300)}"`;
  throw runError(
    'score-missing',
    `Scorer "webui-infotext" found no score in the text below ${imageName(item)}, ${shown}; it is only there when ${condition}.`,
  );
}

function searched(pattern: string, text: string): string | undefined {
  try {
    return firstGroup(pattern, text.slice(-MAX_TEXT));
  } catch (error) {
    throw runError(
      'score-missing',
      `Scorer "webui-infotext" cannot search with the setting pattern: ${messageOf(error)}; simplify it.`,
      { cause: error },
    );
  }
}

/** From the line of settings on; everything where there is none. */
function lastLines(infotext: string): string {
  return infotext.slice(Math.max(0, infotext.lastIndexOf('\nSteps: ')));
}
