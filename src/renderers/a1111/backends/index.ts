/** The backends in the order in which `auto` tries them. */
import { knowsAll } from '../../../checkpoints/methods/ways.ts';
import { architectureRow } from '../../../architectures/registry.ts';
import { usageError } from '../../../shared/errors.ts';
import { didYouMean } from '../../../shared/nearest-name.ts';
import type { Architecture } from '../../../space/blocks.ts';
import type { Connection } from '../connect.ts';
import { checkpointFiles } from './checkpoint.ts';
import { bayesianMerger } from './bayesian-merger.ts';
import { loraBlockWeight } from './lora-block-weight.ts';
import { lorasAlone } from './loras.ts';
import type { Backend } from './backend.ts';
import { modelMixer } from './model-mixer.ts';
import { runtimeBlockMerge } from './runtime-block-merge.ts';

const MERGE_WAYS: readonly Backend[] = [
  runtimeBlockMerge,
  modelMixer,
  bayesianMerger,
  checkpointFiles,
  loraBlockWeight,
];

/** Every way that can be asked for; `auto` does not try those without a model B. */
const ALL_WAYS: readonly Backend[] = [...MERGE_WAYS, lorasAlone];

/** Extensions that change the model where AUTOMATIC1111 keeps it; Forge keeps it elsewhere, and would draw plain model A. */
const NEED_A1111: readonly Backend[] = [runtimeBlockMerge, modelMixer, bayesianMerger];

/**
 * @param methods that are searched or fixed: of `auto` only the ways that know them
 * @throws usage error `unknown-merge-way`
 */
export function backendsFor(name: string, methods: readonly string[] = []): readonly [Backend, ...Backend[]] {
  const ways =
    name === 'auto'
      ? MERGE_WAYS.filter((way) => knowsAll(way.name, methods))
      : ALL_WAYS.filter((way) => way.name === name);
  const [first, ...others] = ways;
  if (first !== undefined) return [first, ...others];
  const names = ['auto', ...ALL_WAYS.map((way) => way.name)];
  throw usageError(
    'unknown-merge-way',
    `There is no backend "${name}"; choose from ${names.join(', ')}.${didYouMean(name, names)}`,
  );
}

/** One sentence when the way cannot work on such a server, whatever is installed there; undefined otherwise. */
export function whyNotOn(
  { family, appId }: Pick<Connection, 'family' | 'appId'>,
  way: Backend,
  architecture: Architecture,
): string | undefined {
  const { kinds, layout, title } = architectureRow(architecture);
  if (layout !== undefined && family === 'a1111') {
    return `A search for ${title} needs Forge or ComfyUI; this WebUI is AUTOMATIC1111, which cannot load these models.`;
  }
  if (way === lorasAlone) return undefined;
  if (layout !== undefined && way !== checkpointFiles) {
    return `On Forge, ${title} can only be merged with --backend checkpoint and --models-dir.`;
  }
  if (kinds === true && way !== checkpointFiles) {
    return `${way.name} merges by depth, not by kind of layer: use --backend checkpoint with --models-dir.`;
  }
  if (family === 'forge' && NEED_A1111.includes(way)) {
    return `${way.name} cannot work on Forge, which keeps its models differently: use --backend checkpoint with --models-dir.`;
  }
  if (appId !== null) return undefined;
  if (way === runtimeBlockMerge) {
    return `${way.name} needs its panel, which a WebUI started with --nowebui does not have: start it without --nowebui, or use --backend checkpoint with --models-dir.`;
  }
  if (way === bayesianMerger) {
    return `${way.name} merges in memory, and a WebUI started with --nowebui does not reveal when a restart has lost the merge: start it without --nowebui, or use --backend checkpoint with --models-dir.`;
  }
  return undefined;
}
