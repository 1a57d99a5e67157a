/** `autombw merge` of weights that have strengths of LoRAs: they are baked into the merge, or into model A where nothing is merged. */
import path from 'node:path';
import {
  checkBake,
  prepareBake,
  type BakeResult,
  type BakeSettings,
  type PreparedBake,
} from '../../../checkpoints/bake.ts';
import { findLoraFiles } from '../../../checkpoints/lora/find-files.ts';
import { activeLorasIn } from '../../../checkpoints/lora/searched-loras.ts';
import type { MergeSettings } from '../../../checkpoints/merge.ts';
import { checkOutput } from '../../../checkpoints/output-file.ts';
import { WorkFiles } from '../../../checkpoints/work-files.ts';
import { usageError } from '../../../shared/errors.ts';
import type { BlockWeights } from '../../../space/blocks.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { bakeFlags } from '../bake-flags.ts';
import { bakeFacts, bakeText, bakeWarnings, loraFacts, loraLines } from './bake.ts';
import { NUMBERS_UNREAD } from './number-lines.ts';
import { writeCheckpoint } from './write-checkpoint.ts';
import { duration } from '../../../shared/duration.ts';

interface LoraMerge {
  readonly merge: MergeSettings;
  /** Of the merge: what a merge alone would say of itself; undefined where nothing is merged. */
  readonly told: LoraMergeWords | undefined;
  readonly loras: BakeSettings['loras'];
  readonly isDry: boolean;
  readonly isJson: boolean;
}

interface LoraMergeWords {
  readonly text: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

/** Their files; none where the weights have none but at 0. @throws usage error `weights-lora` where they are not here */
export function lorasOfWeights(
  weights: BlockWeights,
  { loraDir, modelA }: { readonly loraDir: string | undefined; readonly modelA: string },
): BakeSettings['loras'] {
  const active = activeLorasIn(weights);
  if (active.length === 0) return [];
  const found = findLoraFiles(active, { loraDir, model: modelA });
  if (!('missing' in found)) return found;
  throw usageError(
    'weights-lora',
    `The weights include LoRA strengths, but ${found.missing} Or add the LoRAs to the merged model afterwards with autombw bake ${bakeFlags(weights)}.`,
  );
}

/** @throws usage error `config-invalid` for what a bake cannot write */
export async function mergeWithLoras(
  context: CommandContext,
  { merge, told, loras, isDry, isJson }: LoraMerge,
): Promise<number> {
  const { modelA, modelB, modelC, moreModels = [], output, dtype, force = false, allowNonFinite } = merge;
  if (dtype === 'fp8-scaled') {
    throw usageError(
      'config-invalid',
      '--dtype fp8-scaled cannot be combined with LoRAs: choose another --dtype, or keep.',
    );
  }
  const models = [modelA, modelB, modelC, ...moreModels].filter((file) => file !== undefined);
  // Of the same layers as the merge, whose file is not there yet.
  const prepared = prepareBake({
    model: modelA,
    loras,
    output,
    dtype,
    allowNonFinite,
    hashes: merge.hashes !== false,
  });
  checkBake(prepared);
  const { bytes } = prepared;
  const inputs = [...models, ...loras.map(({ file }) => file)];
  checkOutput({ path: output, inputs, force, bytes: told === undefined ? bytes : 2 * bytes });
  const say = (
    result: PreparedBake | BakeResult,
    end: string,
    more: Readonly<Record<string, unknown>>,
  ): void => {
    for (const warning of [...(told?.warnings ?? []), ...bakeWarnings(result)]) context.note(`! ${warning}`);
    if (isJson) {
      const facts = told === undefined ? bakeFacts(result) : { ...told.facts, loras: loraFacts(result) };
      context.printJson({ ...facts, ...more });
      return;
    }
    const text =
      told === undefined ? bakeText(result) : [told.text, ...result.plan.loras.flatMap(loraLines)].join('\n');
    context.print(`${text}\n${end}`);
  };
  if (isDry) {
    say(prepared, `Would write ${output} (dry run). ${NUMBERS_UNREAD}`, {});
    return EXIT.ok;
  }
  const work = new WorkFiles({ folder: path.dirname(output), models });
  try {
    return await writeCheckpoint(
      context,
      (watch) => work.bake(merge, loras, watch),
      (result, seconds) => {
        say(result, `Wrote ${output} in ${duration(seconds)}`, { seconds });
      },
    );
  } finally {
    work.remove();
  }
}
