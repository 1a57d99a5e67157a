import type { GivenAdjust } from '../checkpoints/adjust.ts';
import type { ModelRole } from '../checkpoints/metadata.ts';
import type { GivenParameters } from '../checkpoints/methods/given-parameters.ts';
import type { OutputType, PositionIds } from '../checkpoints/plan.ts';
import type { Architecture, BlockName, BlockWeights } from '../architectures/architecture.ts';

/** Orders of a list of 27. */
export type ListOrder = 'search' | 'recipe' | 'legacy';

/** Weights, and what their source knows beside them. */
export interface FoundWeights {
  /** Blocks that the source does not have (presets, SDXL) are absent. */
  readonly weights: BlockWeights;
  /** Where they came from, for the user. */
  readonly origin: string;
  /** Name of the merged model, or of the preset. */
  readonly name?: string;
  /** The models as they were named. */
  readonly models: Readonly<Partial<Record<ModelRole, string>>>;
  /** The folder where a run had its models, as it was told; it need not be there any more. */
  readonly modelsDir?: string;
  readonly sha256: Readonly<Partial<Record<ModelRole, string>>>;
  readonly method?: string;
  /** What that method was told beside the weights. */
  readonly parameters?: GivenParameters;
  /** How the merge was adjusted; parameters of a search stand among the weights. */
  readonly adjust?: GivenAdjust;
  readonly dtype?: OutputType;
  readonly positionIds?: PositionIds;
  readonly pruneEma?: boolean;
  /** As the Python extension names it. */
  readonly outputMode?: string;
  /** The source holds that many scored weights, of which these are the best: nothing chose them but the score. */
  readonly chosenOf?: number;
  /** What the weights scored. */
  readonly score?: number;
  /** The weight of all text encoders and of the VAE, which lists of other tools have in front. */
  readonly baseAlpha?: number;
  /** The weight of the VAE alone, which supermerger's lists for SDXL have: then base alpha is of the text encoders. */
  readonly vaeWeight?: number;
  /** Base alpha is for whatever is no block of the list, SDXL's LABEL_EMB as well. */
  readonly isBaseForAllElse?: true;
  /** The models that have those blocks, where the list is not for all. */
  readonly architectures?: readonly Architecture[];
  /** OUT and TIME_EMBED are not of the source: they follow other blocks there. */
  readonly follows?: true;
  /** One weight for every block of the models, whatever their family; `weights` come on top of it. */
  readonly uniform?: number;
  /** Blocks that were given by name: models without them are refused. */
  readonly named?: readonly BlockName[];
  /**
   * Weights by names with `*` in them, or of blocks that only the models' files can tell; in the order given. Names beat them, and of
   * several that fit a block the one with most letters counts.
   */
  readonly patterns?: readonly (readonly [pattern: string, weight: number])[];
  /** Weights of the blocks that a LoRA has. */
  readonly isLora?: true;
}
