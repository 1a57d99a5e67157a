/** The lines of a multi merge, `A + B = O`, run in order; later ones may use what earlier ones have made. */
import { usageError } from '../shared/errors.ts';

export interface MergeLine {
  /** As it was written, for messages. */
  readonly text: string;
  readonly modelA: string;
  readonly modelB: string;
  readonly output: string;
  /** Positions of the earlier lines that make its models. */
  readonly needs: readonly number[];
}

/** @throws usage errors `merge-line`, `merge-cycle` */
export function parseMergeLines(texts: readonly string[]): MergeLine[] {
  const lines = texts.map((text, index) => parseLine(text, index + 1));
  const makers = new Map<string, number>();
  for (const [index, { output, text }] of lines.entries()) {
    const earlier = makers.get(plainName(output));
    if (earlier !== undefined) {
      throw usageError(
        'merge-line',
        `Merge ${index + 1} (${text}) has the same output as merge ${earlier + 1}, ${output}: choose another name.`,
      );
    }
    makers.set(plainName(output), index);
  }
  return lines.map((line, index) => {
    const needs = [line.modelA, line.modelB].flatMap((model) => makers.get(plainName(model)) ?? []);
    checkOrder(lines, makers, index, needs);
    return { ...line, needs: [...new Set(needs)] };
  });
}

/** Checkpoints are named with and without their extension. */
export function plainName(model: string): string {
  return model.trim().replace(/\.safetensors$/i, '');
}

type Named = Omit<MergeLine, 'needs'>;

function parseLine(text: string, number: number): Named {
  const spaced = /^\s*(\S.*?)\s+\+\s+(\S.*?)\s+=\s+(\S.*?)\s*$/.exec(text);
  const tight = /^\s*([^+=]*[^+=\s])\s*\+\s*([^+=]*[^+=\s])\s*=\s*([^+=]*[^+=\s])\s*$/.exec(text);
  const [, modelA, modelB, output] = spaced ?? tight ?? [];
  if (modelA === undefined || modelB === undefined || output === undefined) {
    throw usageError(
      'merge-line',
      `Merge ${number} is "${text.trim()}": it must have the form A + B = O, with spaces around + and = if names contain these characters.`,
    );
  }
  return { text: text.trim(), modelA, modelB, output };
}

/** A model is made before it is used, or the line would take an older checkpoint of that name. */
function checkOrder(
  lines: readonly Named[],
  makers: ReadonlyMap<string, number>,
  index: number,
  needs: readonly number[],
): void {
  const line = lines[index];
  const late = needs.find((need) => need >= index);
  const maker = late === undefined ? undefined : lines[late];
  if (line === undefined || late === undefined || maker === undefined) return;
  if (late === index) {
    throw usageError('merge-cycle', `Merge ${index + 1} (${line.text}) uses its own output, ${line.output}.`);
  }
  const back = [maker.modelA, maker.modelB].some((model) => reaches(lines, makers, model, index));
  throw usageError(
    'merge-cycle',
    back
      ? `Merges ${index + 1} (${line.text}) and ${late + 1} (${maker.text}) depend on each other's outputs: neither can run first.`
      : `Merge ${index + 1} (${line.text}) uses ${maker.output}, the output of merge ${late + 1}: move that line above it.`,
  );
}

/** The model is made by that line, directly or by way of others. */
function reaches(
  lines: readonly Named[],
  makers: ReadonlyMap<string, number>,
  model: string,
  target: number,
): boolean {
  const seen = new Set<number>();
  const waiting = [model];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const maker = makers.get(plainName(next));
    if (maker === target) return true;
    const line = maker === undefined || seen.has(maker) ? undefined : lines[maker];
    if (maker === undefined || line === undefined) continue;
    seen.add(maker);
    waiting.push(line.modelA, line.modelB);
  }
  return false;
}
