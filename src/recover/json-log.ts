/** autombw's own files: the log and the journal, one JSON object a line (asked, scored, added, failed, learnt; in old logs trials as events). */
import { z } from 'zod';
import { parseJson } from '../shared/parse-json.ts';
import { type BlockWeights } from '../space/blocks.ts';
import { blockWeightsSchema } from '../architectures/schema.ts';
import type { LogEvent } from './types.ts';

/** A line about a trial: `event` and `state` in the log, `kind` in the journal. */
const trialLine = z.object({
  event: z.string().optional(),
  state: z.string().optional(),
  kind: z.string().optional(),
  trial: z.int(),
  score: z.number().optional(),
  weights: blockWeightsSchema.optional(),
  /** What was asked for is told by a number, what came by the images. */
  images: z.union([z.array(z.unknown()), z.number()]).optional(),
});
const settingsLine = z.object({ seed: z.number().optional(), optimizer: z.string() });

/** Only lines that claim to be about a finished or asked trial are missed when they cannot be read. */
const ABOUT_TRIAL = /"kind":\s*"(?:asked|scored|added|failed|learnt)"|"event":\s*"trial"/;
const ABOUT_SETTINGS = /"optimizer":/;

/** The event of one JSON line; undefined for lines about other things. */
export function readTrialLine(text: string, line: number): LogEvent | undefined {
  const aboutTrial = ABOUT_TRIAL.test(text);
  if (!aboutTrial && !ABOUT_SETTINGS.test(text)) return undefined;
  const value = parseJson(text);
  if (aboutTrial) {
    const read = trialLine.safeParse(value);
    return read.success ? eventOf(read.data, line) : damaged(line);
  }
  const settings = settingsLine.safeParse(value);
  if (!settings.success) return undefined;
  return { kind: 'settings', seed: settings.data.seed, optimizer: settings.data.optimizer, line };
}

function eventOf(data: z.infer<typeof trialLine>, line: number): LogEvent | undefined {
  const { trial, score } = data;
  const weights = someWeights(data.weights);
  const state = data.event === 'trial' ? data.state : data.kind;
  if (state === 'failed') return { kind: 'trial-failed', trial, weights, line };
  if (state === 'scored' || (state === 'learnt' && weights !== undefined)) {
    return score === undefined
      ? damaged(line)
      : { kind: 'trial-scored', trial, score, weights, images: countOf(data.images), line };
  }
  if (state === 'added') {
    return score === undefined
      ? damaged(line)
      : { kind: 'trial-added', trial, score, images: countOf(data.images) ?? 0, line };
  }
  if (state === 'asked' || state === 'learnt') {
    return weights === undefined ? damaged(line) : { kind: 'trial-asked', trial, weights, line };
  }
  return undefined;
}

function countOf(images: readonly unknown[] | number | undefined): number | undefined {
  return typeof images === 'number' ? images : images?.length;
}

function damaged(line: number): LogEvent {
  return { kind: 'note', text: 'a line about a trial is cut off or damaged; skipped', line };
}

function someWeights(weights: BlockWeights | undefined): BlockWeights | undefined {
  return weights === undefined || Object.keys(weights).length === 0 ? undefined : weights;
}
