/**
 * What a scorer's number says of an image, in plain words. Known by name alone, so that it can be told of a run whose scorers
 * are gone since.
 */

/** `guards`: technical soundness. `judges`: taste or fit to the prompt. `measures`: one property, good or bad. */
type JudgingKind = 'guards' | 'judges' | 'measures';

export interface WhatItJudges {
  readonly kind: JudgingKind;
  /** What it does, to follow its name. */
  readonly does: string;
}

/** What the scorers of a run judge together. */
export interface JudgingDescription {
  /** One of them at least judges taste or fit to the prompt. */
  readonly judges: boolean;
  /** One sentence. */
  readonly sentence: string;
  /** How to get a judge, in one sentence; undefined where there is one, or may be. */
  readonly suggestion: string | undefined;
}

const byTaste = (whose: string): WhatItJudges => ({ kind: 'judges', does: `judges taste, ${whose}` });
const byPreference: WhatItJudges = {
  kind: 'judges',
  does: 'judges which image people prefer for its prompt',
};

const SCORERS: Readonly<Record<string, WhatItJudges>> = {
  quality: { kind: 'guards', does: 'guards against broken images' },
  niqe: { kind: 'measures', does: 'measures how different from a photograph an image is' },
  brisque: { kind: 'measures', does: 'measures how distorted an image looks compared with photographs' },
  'webui-tags': { kind: 'judges', does: 'judges how well an image shows the tags of its prompt' },
  'webui-infotext': { kind: 'judges', does: 'uses the number a WebUI script writes' },
  command: { kind: 'judges', does: 'judges as its program does' },
  http: { kind: 'judges', does: 'judges as its server does' },
  manual: { kind: 'judges', does: 'judges taste, your own' },
  onnx: { kind: 'judges', does: 'judges as the network of its manifest does' },
  'laion-v1': byTaste('as people rated web images'),
  'laion-v2-ava': byTaste('as people rated photographs'),
  'laion-v2-sac': byTaste('as people rated photographs and generated images'),
  chad: byTaste('as those who rated images for it'),
  'laion-v1-b32': byTaste('as people rated web images'),
  'aes-b32': byTaste('as people rated anime images'),
  clipscore: { kind: 'judges', does: 'judges how well an image fits its prompt' },
  'city-aesthetics': byTaste('as its author rated anime images'),
  skytnt: byTaste('as people rated anime images'),
  deepghs: byTaste('as people ranked anime images'),
  'wd-tags': { kind: 'judges', does: 'judges how well an image shows the tags of its prompt' },
  'image-reward': byPreference,
  'cafe-aesthetic': byTaste('as its author sorted images'),
  'shadow-v1': byTaste('as its author sorted anime images'),
  'shadow-v2': byTaste('as its author sorted anime images'),
  pickscore: byPreference,
  'hps-v21': byPreference,
  'aesthetic-v25': byTaste('as people rated images and illustrations'),
  'waifu-scorer': byTaste('as people rated anime images'),
};

/** Undefined for a scorer that this version does not know. */
export function whatItJudges(id: string): WhatItJudges | undefined {
  return Object.hasOwn(SCORERS, id) ? SCORERS[id] : undefined;
}

/** @param scorers of one run, at least one */
export function describeJudging(scorers: readonly { readonly id: string }[]): JudgingDescription {
  const parts = scorers.map(({ id }) => ({ id, what: whatItJudges(id) }));
  const clauses = parts.map(
    ({ id, what }) => `${id} ${what?.does ?? 'is unknown to this version of autombw'}`,
  );
  const kinds = parts.map(({ what }) => what?.kind);
  const judges = kinds.includes('judges');
  // Of an unknown one nothing is said, not even that it does not judge.
  const lacksJudge = !judges && !kinds.includes(undefined);
  const verdict = scorers.length === 1 ? 'it does not judge taste' : 'none of them judges taste';
  return {
    judges,
    sentence: `The scorer ${[...clauses, ...(lacksJudge ? [verdict] : [])].join('; ')}.`,
    suggestion: lacksJudge
      ? 'For a judge of taste, --scorer manual asks you; autombw doctor lists the others on this machine.'
      : undefined,
  };
}
