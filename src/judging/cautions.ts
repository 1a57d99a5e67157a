import { isDeepStrictEqual } from 'node:util';
import type { SearchPlan } from '../journal/record.ts';
import { counted } from '../shared/counted.ts';

/** A run whose scores are put beside those of another one. */
export interface ComparedRun {
  /** For messages. */
  readonly file: string;
  /** Undefined where nothing says how it was scored. */
  readonly plan: SearchPlan | undefined;
}

/** Sentences on what is unlike in two runs, so that a difference of their scores or weights means little. */
export function cautionsOf(first: ComparedRun, second: ComparedRun): string[] {
  const [a, b] = [first.plan, second.plan];
  if (a === undefined || b === undefined) {
    const unknown = [first, second].filter(({ plan }) => plan === undefined).map(({ file }) => file);
    return [
      `The models, payloads and scorers of ${unknown.join(' and ')} are unknown: only you can tell whether the scores are comparable.`,
    ];
  }
  return [...modelCautions(a, b), ...scoreCautions(a, b), ...requestCautions(a, b)];
}

function modelCautions(a: SearchPlan, b: SearchPlan): string[] {
  const [one, other] = [modelsOf(a), modelsOf(b)];
  const sentences: string[] = [];
  if (!isDeepStrictEqual(one, other)) {
    sentences.push(
      `The models differ (${one.join(' + ')}, ${other.join(' + ')}): the same weight means a different merge.`,
    );
  }
  if (a.space.architecture !== b.space.architecture) {
    sentences.push(
      `The architectures differ (${a.space.architecture}, ${b.space.architecture}): their blocks are not the same.`,
    );
  }
  return sentences;
}

function scoreCautions(a: SearchPlan, b: SearchPlan): string[] {
  const sentences: string[] = [];
  const [one, other] = [scorersOf(a), scorersOf(b)];
  if (!isDeepStrictEqual(one, other)) {
    sentences.push(
      `The scorers differ (${one.join(', ')}; ${other.join(', ')}): a difference in scores means nothing. autombw rescore scores the kept images of a run again.`,
    );
  }
  if (a.tally !== b.tally) {
    sentences.push(`The tallies differ (${a.tally}, ${b.tally}): only the means per payload are comparable.`);
  }
  return sentences;
}

function requestCautions(a: SearchPlan, b: SearchPlan): string[] {
  const [one, other] = [requestsOf(a), requestsOf(b)];
  const shared = [...one.keys()].filter((id) => other.has(id));
  const count = one.size + other.size - 2 * shared.length;
  if (shared.length === 0) {
    return [
      'The runs have no requests in common: their scores come from different images and are hardly comparable.',
    ];
  }
  const sentences: string[] = [];
  if (count > 0) {
    sentences.push(
      `${counted(count, 'request')} ${count === 1 ? 'is' : 'are'} in one run only: compare the payloads both have, not the totals.`,
    );
  }
  const reseeded = shared.filter((id) => !isDeepStrictEqual(one.get(id)?.seeds, other.get(id)?.seeds));
  if (reseeded.length > 0) {
    sentences.push(
      `The seeds of ${reseeded.length} of ${shared.length} requests differ: these images are not paired, so differences include chance.`,
    );
  }
  const changed = shared.filter((id) => !isDeepStrictEqual(contentOf(one.get(id)), contentOf(other.get(id))));
  if (changed.length > 0) {
    sentences.push(
      `${changed.length} of ${shared.length} requests with the same name differ (${changed.slice(0, 3).join(', ')}): their images cannot be paired.`,
    );
  }
  return sentences;
}

type Request = SearchPlan['requests'][number];

function requestsOf({ requests }: SearchPlan): Map<string, Request> {
  return new Map(requests.map((request) => [request.id, request]));
}

function contentOf(request: Request | undefined): unknown {
  if (request === undefined) return undefined;
  const { seed: _, subseed: __, ...body } = request.body;
  return { prompt: request.prompt, negative: request.negativePrompt, body };
}

function modelsOf({ server, config }: SearchPlan): string[] {
  return [server?.modelA.file ?? config.modelA, server?.modelB.file ?? config.modelB];
}

function scorersOf({ scorers }: SearchPlan): string[] {
  return scorers.map(
    ({ version, weight, map, payloads }) =>
      `${version} x ${weight}${map === 'identity' ? '' : ` (${map})`}${payloads === undefined ? '' : ` for ${payloads.join(' and ')}`}`,
  );
}
