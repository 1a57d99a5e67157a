/** What was noticed about the numbers of models and result, with names: what refuses a merge, and what is only said. */
import { runError } from '../shared/errors.ts';
import type { BlockName } from '../space/blocks.ts';
import { EMA, TEXT_ENCODERS, UNET, VAE } from './architecture.ts';
import { Findings } from './kernel/findings.ts';
import type { PlannedTensor } from './plan.ts';
import { quote } from '../shared/safetensors/strict-json.ts';
import { counted } from '../shared/counted.ts';

interface NotFinite {
  readonly file: string;
  readonly tensor: string;
  /** Its name in the file, where that is another one. */
  readonly stored?: string | undefined;
  readonly nan: number;
  readonly infinite: number;
}

export interface NumberReport {
  readonly notFinite: readonly NotFinite[];
  /** Results from finite numbers that their type cannot hold. */
  readonly tooLarge: readonly { readonly tensor: string; readonly type: string; readonly count: number }[];
  /** Weight matrices that consist of zeros. */
  readonly zeros: readonly { readonly file: string; readonly tensor: string }[];
  /** Merged blocks in which models A and B hold the same numbers. */
  readonly equal: readonly BlockName[];
}

type Looked = Omit<PlannedTensor, 'block' | 'begin' | 'end'> & Partial<Pick<PlannedTensor, 'block'>>;

/**
 * @param tensors as they stood in the job
 * @param files paths, in the order of the job
 */
export function reportNumbers(
  tensors: readonly Looked[],
  files: readonly string[],
  memory: SharedArrayBuffer,
): NumberReport {
  const findings = new Findings(memory);
  const notFinite: NotFinite[] = [];
  const tooLarge: { tensor: string; type: string; count: number }[] = [];
  const zeros: { file: string; tensor: string }[] = [];
  const equal = new Map<BlockName, boolean>();
  for (const [index, { name: tensor, stored, dtype, shape, block, job }] of tensors.entries()) {
    // Constants of the training (sqrt_recip_alphas_cumprod …), which nobody reads; some of them are infinite by right.
    if (!tensor.includes('.')) continue;
    for (const [slot, source] of job.sources.entries()) {
      const file = files[source.file] ?? '';
      const { nan, infinite } = findings.notFinite(index, slot);
      if (nan + infinite > 0) notFinite.push({ file, tensor, stored, nan, infinite });
      const isMatrix = shape.length > 1 && job.count > 1 && IN_USE.test(tensor);
      if (isMatrix && source.type !== undefined && findings.isZero(index, slot))
        zeros.push({ file, tensor: stored ?? tensor });
    }
    const count = findings.tooLarge(index);
    if (count > 0) tooLarge.push({ tensor: stored ?? tensor, type: dtype.name, count });
    if (job.kind !== 'combine' || block === undefined) continue;
    equal.set(block, equal.get(block) !== false && !findings.isDifferent(index));
  }
  notFinite.sort((x, y) => files.indexOf(x.file) - files.indexOf(y.file));
  return { notFinite, tooLarge, zeros, equal: [...equal].flatMap(([block, same]) => (same ? [block] : [])) };
}

/** What images are made with. */
const IN_A_IMAGE = [UNET, VAE, ...TEXT_ENCODERS];
const IN_USE = new RegExp(
  `^(${IN_A_IMAGE.map((prefix) => prefix.replaceAll('.', '\\.')).join('|')}).*weight$`,
);

/** @throws run errors `checkpoint-not-finite`, `value-overflow` */
export function requireFinite({ notFinite, tooLarge }: NumberReport): void {
  if (notFinite.length > 0) {
    throw runError(
      'checkpoint-not-finite',
      `${describeNotFinite(notFinite)}${adviceOn(notFinite)}; autombw merge and bake let them through with --allow-non-finite.`,
    );
  }
  if (tooLarge.length === 0) return;
  throw runError(
    'value-overflow',
    `${describeTooLarge(tooLarge)}. Nothing was kept. Choose --dtype bf16 or fp32, or weights closer to the range 0 to 1; autombw merge and bake let them through with --allow-non-finite.`,
  );
}

/** What no image is made with can be left out, and the VAE can be replaced. */
function adviceOn(notFinite: readonly NotFinite[]): string {
  const areAll = (prefix: string): boolean => notFinite.every(({ tensor }) => tensor.startsWith(prefix));
  if (areAll(EMA)) {
    return ', in the EMA copy of its weights, which some programs load. Nothing was kept. Drop the copy with --prune-ema';
  }
  if (areAll(VAE)) {
    return ', in the VAE; they would ruin every image. Nothing was kept. Use another VAE with --vae, or another copy of the model';
  }
  const isUsed = notFinite.some(({ tensor }) => IN_A_IMAGE.some((prefix) => tensor.startsWith(prefix)));
  return `${isUsed ? '; they would ruin every image' : ''}. Nothing was kept. Use another copy of the model`;
}

/** "FILE holds numbers that are not finite: 1 NaN and 2 infinite in "TENSOR"", for every file. */
function describeNotFinite(notFinite: readonly NotFinite[]): string {
  const files = new Set(notFinite.map(({ file }) => file));
  const sentences = [...files].map((file) => {
    const ours = notFinite.filter((one) => one.file === file);
    const places = ours.slice(0, MOST_LISTED).map(({ tensor, stored = tensor, nan, infinite }) => {
      const counts = [nan > 0 ? `${nan} NaN` : '', infinite > 0 ? `${infinite} infinite` : ''];
      return `${counts.filter((text) => text !== '').join(' and ')} in ${quote(stored)}`;
    });
    return `${file} holds numbers that are not finite: ${places.join(', ')}${more(ours.length)}`;
  });
  return sentences.join('; ');
}

function describeTooLarge(tooLarge: NumberReport['tooLarge']): string {
  const places = tooLarge
    .slice(0, MOST_LISTED)
    .map(({ tensor, type, count }) => `${count} in ${quote(tensor)} (${type})`);
  return `Some results are too large for the type of the output: ${places.join(', ')}${more(tooLarge.length)}`;
}

/** Sentences about what does not refuse the merge. */
export function describeNumbers({ notFinite, tooLarge, zeros }: NumberReport): string[] {
  const files = new Set(zeros.map(({ file }) => file));
  return [
    ...(notFinite.length > 0 ? [describeNotFinite(notFinite)] : []),
    ...(tooLarge.length > 0 ? [describeTooLarge(tooLarge)] : []),
    ...[...files].map((file) => {
      const ours = zeros.filter((one) => one.file === file).map(({ tensor }) => quote(tensor));
      return `${file} has weights that are all zero, as if their data was lost: ${ours.slice(0, MOST_LISTED).join(', ')}${more(ours.length)}`;
    }),
  ].map((sentence) => `${sentence}.`);
}

/** Tensors that a sentence lists by name; the rest is a count. */
const MOST_LISTED = 3;

function more(count: number): string {
  const rest = count - MOST_LISTED;
  return rest > 0 ? ` and ${counted(rest, 'more tensor')}` : '';
}
