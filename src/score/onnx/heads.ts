import { runError, usageError } from '../../shared/errors.ts';
import type { ScoreItem, ScoreResult } from '../scorer.ts';
import { readTagNames } from './head-files/tag-names.ts';
import { readWeights } from './head-files/read-weights.ts';
import { network, type Network } from './network.ts';
import type { Channels, Head } from './manifest.ts';
import { promptTags } from './text/prompt.ts';
import { counted } from '../../shared/counted.ts';

/** What a head makes its number of. */
interface Seen {
  /** The image's output. */
  readonly picture: Float32Array;
  /** The text tower's output; empty where there is none. */
  readonly text: Float32Array;
  readonly item: ScoreItem;
}

export interface ReadyHead {
  /** Numbers that the image's output must have; null: any. */
  readonly width: number | null;
  readonly judge: (seen: Seen) => ScoreResult;
}

/**
 * A head with its weights or lists read.
 * @param file where the one file of the head lies; null where it has none
 * @throws usage error `onnx-weights` or `onnx-tags`
 */
export function openHead(head: Head, file: string | null): ReadyHead {
  switch (head.kind) {
    case 'identity':
      return { width: 1, judge: ({ picture }) => scored(picture[0] ?? NaN) };
    case 'layers': {
      const { width, apply } = openNetwork(head, file ?? '');
      return { width, judge: ({ picture }) => scored(apply(normalised(picture, head.normalise))) };
    }
    case 'cosine':
      return { width: null, judge: ({ picture, text }) => scored(head.scale * cosine(picture, text)) };
    case 'softmax': {
      const at = head.labels.indexOf(head.label);
      return {
        width: head.labels.length,
        judge: ({ picture }) => classified(softmax(picture), at, head.labels),
      };
    }
    case 'probability': {
      const at = head.labels.indexOf(head.label);
      return {
        width: head.labels.length,
        judge: ({ picture }) => classified(probabilities(picture), at, head.labels),
      };
    }
    case 'mean':
    case 'max':
      return { width: null, judge: ({ picture }) => scored(reduced(picture, head)) };
    case 'rank':
      return { width: head.labels.length, judge: ({ picture }) => ranked(picture, head.labels) };
    default: {
      const names = readTagNames(file ?? '');
      return { width: names.length, judge: ({ picture, item }) => agreement(picture, names, item, head) };
    }
  }
}

/** As published: the sums of single precision differ in the sixth digit. */
const PROBE_TOLERANCE = 1e-3;

function openNetwork({ layers, probes }: Extract<Head, { kind: 'layers' }>, file: string): Network {
  const made = network(layers, readWeights(file), file);
  const size = 1 / Math.sqrt(made.width);
  for (const [name, expected] of Object.entries(probes ?? {})) {
    const sign = name === 'alternating' ? -1 : 1;
    const value = made.apply(
      Float32Array.from({ length: made.width }, (_, i) => (i % 2 === 0 ? size : sign * size)),
    );
    if (Math.abs(value - expected) < PROBE_TOLERANCE) continue;
    throw usageError(
      'onnx-weights',
      `The weights ${file} do not fit the scorer: they give ${value.toFixed(6)} for the ${name} vector, not ${expected}. ` +
        'Use the file the scorer names.',
    );
  }
  return made;
}

function scored(value: number, parts?: Readonly<Record<string, number>>): ScoreResult {
  return parts === undefined ? { state: 'scored', value } : { state: 'scored', value, parts };
}

function normalised(vector: Float32Array, how: 'unit' | 'sqrt-dimension' | 'none'): Float32Array {
  if (how === 'none') return vector;
  const length = Math.hypot(...vector);
  const factor = (how === 'unit' ? 1 : Math.sqrt(vector.length)) / length;
  return vector.map((value) => value * factor);
}

function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) {
    throw runError(
      'onnx-output',
      `The graph of the image gives ${a.length} numbers and that of the text ${b.length}: they do not belong to the same model.`,
    );
  }
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    product += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return Math.max(-1, Math.min(1, product / Math.sqrt(squaresA * squaresB)));
}

function softmax(logits: Float32Array): number[] {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function classified(probabilities: readonly number[], at: number, labels: readonly string[]): ScoreResult {
  return scored(
    probabilities[at] ?? NaN,
    Object.fromEntries(labels.map((label, i) => [label, probabilities[i] ?? NaN])),
  );
}

/** Rounded, they may leave 0 to 1 in the last digits; anything further off is none. */
function probabilities(given: Float32Array): number[] {
  const odd = given.find((p) => !(p > -1e-3 && p < 1 + 1e-3));
  if (odd !== undefined) {
    throw runError(
      'onnx-output',
      `The graph gives ${odd} where a probability is expected; for logits use the head softmax, or read a different output.`,
    );
  }
  return Array.from(given, (p) => Math.max(0, Math.min(1, p)));
}

function reduced(
  given: Float32Array,
  { kind, channels, none }: Extract<Head, { kind: 'mean' | 'max' }>,
): number {
  if (given.length === 0 && none !== undefined) return none;
  const numbers = channels === undefined ? given : numbersOf(given, channels);
  let largest = -Infinity;
  let sum = 0;
  for (const value of numbers) {
    // Not by Math.max of all: there may be more of them than a function takes arguments.
    largest = Number.isNaN(value) || value > largest ? value : largest;
    sum += value;
  }
  return kind === 'max' ? largest : sum / numbers.length;
}

function numbersOf(given: Float32Array, { axis, count, read }: Channels): number[] {
  if (given.length % count !== 0) {
    throw runError(
      'onnx-output',
      `The graph gives ${given.length} numbers, not ${count} per box; fix the channels in the manifest.`,
    );
  }
  const each = given.length / count;
  return read.flatMap((channel) =>
    Array.from(
      { length: each },
      (_, i) => given[axis === 'first' ? channel * each + i : i * count + channel] ?? NaN,
    ),
  );
}

/** Rounded sums may be off 1 in the last digits; anything further off are no probabilities. */
function ranked(probabilities: Float32Array, labels: readonly string[]): ScoreResult {
  const sum = probabilities.reduce((total, p) => total + p, 0);
  if (!(Math.abs(sum - 1) < 1e-2)) {
    throw runError(
      'onnx-output',
      `The graph gives numbers that sum to ${sum} where probabilities are expected; read a different output.`,
    );
  }
  const value = probabilities.reduce((total, p, i) => total + (i * p) / sum, 0);
  return scored(value, Object.fromEntries(labels.map((label, i) => [label, probabilities[i] ?? NaN])));
}

/** Weighted mean probability of the prompt's tags, less a share of the negative prompt's, from 0 to 1. */
function agreement(
  probabilities: Float32Array,
  names: readonly (string | null)[],
  { prompt, negativePrompt }: ScoreItem,
  { unwanted, fewest }: Extract<Head, { kind: 'tags' }>,
): ScoreResult {
  const seen = new Map(names.map((name, i) => [name, probabilities[i] ?? NaN]));
  const known = (text: string): { readonly name: string; readonly weight: number; readonly p: number }[] =>
    promptTags(text).flatMap((tag) => {
      const p = seen.get(tag.name);
      return p === undefined ? [] : [{ ...tag, p }];
    });
  const wanted = known(prompt);
  if (wanted.length < fewest) {
    const reason = `its prompt has ${counted(wanted.length, 'tag')} known to the tagger, fewer than ${fewest}`;
    return { state: 'invalid', reason };
  }
  const against = known(negativePrompt);
  const recall = weightedMean(wanted);
  const worst = against.length === 0 ? 0 : weightedMean(against.map((tag) => ({ ...tag, weight: 1 })));
  const value = Math.max(0, Math.min(1, recall - unwanted * worst));
  return scored(value, { wanted: recall, unwanted: worst, known: wanted.length });
}

function weightedMean(tags: readonly { readonly weight: number; readonly p: number }[]): number {
  const total = tags.reduce((sum, { weight }) => sum + weight, 0);
  return tags.reduce((sum, { weight, p }) => sum + weight * p, 0) / total;
}
