/** What payloads come to: the requests as they are sent, how many images, and how long they take. */
import { usageError } from '../../../shared/errors.ts';
import { readJournal } from '../../../journal/read.ts';
import { duration } from '../../../shared/duration.ts';
import {
  givenEstimate,
  GUESSED_CARD,
  guessEstimate,
  measuredEstimate,
  paceOf,
  type Estimate,
} from '../../../payload/estimate.ts';
import { loadPayloads } from '../../../payload/load.ts';
import { imageCount, toRequests } from '../../../payload/requests.ts';
import { sourceOf } from '../../../journal/trial-records.ts';
import { findJournal } from '../../../journal/find.ts';
import { openWildcards } from '../../../prompts/index.ts';
import type { ImageRequest } from '../../../types.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { counted, nounFor } from '../../../shared/counted.ts';

export interface ShowOptions {
  readonly seed: number;
  readonly wildcards?: string;
  readonly seconds?: number;
  readonly run?: string;
  readonly json?: boolean;
}

export async function payloadShowCommand(
  context: CommandContext,
  patterns: readonly string[],
  options: ShowOptions,
): Promise<number> {
  const { seconds, run } = options;
  if (seconds !== undefined && run !== undefined)
    throw usageError('config-invalid', `Give --seconds ${seconds} or --run ${run}, not both.`);
  if (seconds !== undefined && seconds <= 0)
    throw usageError('config-invalid', `--seconds must be above 0, not ${seconds}.`);
  const onWarning = (message: string): void => context.note(`! ${message}`);
  const payloads = await loadPayloads(patterns, { onWarning });
  const wildcards = await openWildcards(options.wildcards);
  const requests = await toRequests(payloads, options.seed, { wildcards, onWarning });
  if (options.json === true) {
    context.printJson(requests.map(({ body }) => body));
    return EXIT.ok;
  }
  const { estimate, source } = await estimateFor(requests, options);
  const images = imageCount(requests);
  context.print(
    [
      ...requests.flatMap(describe),
      `Images       ${images} per iteration, in ${counted(requests.length, 'request')}`,
      `Time         about ${duration(estimate.seconds)} per iteration, without merging and scoring: ${source}`,
    ].join('\n'),
  );
  return EXIT.ok;
}

async function estimateFor(
  requests: readonly ImageRequest[],
  { seconds, run }: ShowOptions,
): Promise<{ readonly estimate: Estimate; readonly source: string }> {
  if (seconds !== undefined)
    return { estimate: givenEstimate(requests, seconds), source: `${seconds} s an image, as given` };
  if (run === undefined)
    return {
      estimate: guessEstimate(requests),
      source: `estimated for an ${GUESSED_CARD}; give --run or --seconds for a measured time`,
    };
  const journal = findJournal(run, '.');
  const { records } = await readJournal(journal);
  const planned = records.flatMap((record) => (record.kind === 'plan' ? record.plan.requests : []));
  // A repeated point has the images of the first time.
  const images = records.flatMap((record) => {
    if (record.kind === 'added') return record.images;
    return record.kind === 'scored' && sourceOf(record).kind === 'measured' ? record.images : [];
  });
  const pace = paceOf(planned, images);
  if (pace === undefined)
    throw usageError(
      'no-timings',
      `The run ${journal} has not made any images yet; give --seconds, or neither for an estimate.`,
    );
  return {
    estimate: measuredEstimate(requests, pace),
    source: `measured, over ${counted(images.length, 'image')} of ${journal}`,
  };
}

function describe({ id, prompt, negativePrompt, reverseScoring, seeds, body }: ImageRequest): string[] {
  const known = ([key, name]: readonly [string, string]): string[] =>
    body[key] === undefined ? [] : [`${name}${oneLine(textOf(body[key]))}`];
  const facts = [
    `${String(body['width'])}×${String(body['height'])}`,
    typeof body['steps'] === 'number' ? counted(body['steps'], 'step') : 'the WebUI’s own steps',
    ...SHOWN.flatMap(known),
    ...(body['enable_hr'] === true ? ['hires'] : []),
    ...(reverseScoring ? ['lower is better'] : []),
  ];
  const others = Object.keys(body).filter((key) => !COMMON.has(key));
  return [
    `${id}  ${nounFor(seeds.length, 'seed')} ${seeds.join(', ')}  ${facts.join(', ')}`,
    `    ${oneLine(prompt)}`,
    ...(negativePrompt === '' ? [] : [`    not: ${oneLine(negativePrompt)}`]),
    ...(others.length === 0 ? [] : [`    with ${oneLine(others.join(', '))}`]),
    '',
  ];
}

const SHOWN: readonly (readonly [string, string])[] = [
  ['sampler_name', ''],
  ['scheduler', ''],
  ['cfg_scale', 'cfg '],
];
/** What is shown, and what hardly ever matters when it has its usual value. */
const COMMON: ReadonlySet<string> = new Set(
  [
    'prompt negative_prompt seed batch_size n_iter width height steps enable_hr sampler_name scheduler cfg_scale',
    'denoising_strength restore_faces tiling firstphase_width firstphase_height hr_scale hr_upscaler',
    'hr_second_pass_steps hr_resize_x hr_resize_y',
  ].flatMap((line) => line.split(' ')),
);

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
}
