/** Models beyond A and B, and the methods that take them: can nodes merge so? */
import { USUAL_METHOD } from '../../../checkpoints/methods/registry.ts';
import { knowsAll, methodsOfWay, waysThatKnow } from '../../../checkpoints/methods/ways.ts';
import { isExpected } from '../../../shared/errors.ts';
import { MERGED_FILES } from '../../merged-files.ts';
import { LORAS_ALONE } from '../../prompt-loras.ts';
import { MERGE_WAY } from '../graph/terms.ts';
import { matchCheckpoint } from '../models.ts';
import { mergesWide, type NodeInfos } from '../nodes.ts';
import type { MergeChoice } from './choose.ts';

export interface FurtherModels {
  /** Model C and further ones, as people name them. */
  readonly others?: readonly string[] | undefined;
  /** Merge methods that are searched or fixed. */
  readonly methods?: readonly string[] | undefined;
  /** Every model has a weight of its own in every block that moves. */
  readonly shares?: boolean | undefined;
}

/** The method whose further models have weights of their own. */
const SUM = 'multi-sum';

/**
 * Model C and further ones among the server's files.
 * @returns why nodes cannot merge with them, as a sentence
 * @throws WebuiError as `matchCheckpoint`, unless another way may be there
 */
export function furtherModels(
  { methods = [], others = [], backend }: FurtherModels & { readonly backend: string },
  files: readonly string[],
  nodes: NodeInfos,
  address: string,
): readonly string[] | { readonly missing: string } {
  // Merged files read them from this machine.
  if (backend === MERGED_FILES || backend === LORAS_ALONE) return [];
  if (!knowsAll(MERGE_WAY, methods)) {
    const unknown = methods.filter((method) => !knowsAll(MERGE_WAY, [method]));
    return {
      missing: `ComfyUI's nodes support ${methodsOfWay(MERGE_WAY).join(', ')}, but not ${unknown.join(', ')}: use --backend ${waysThatKnow(methods).join(' or ')} with --models-dir.`,
    };
  }
  if (methods.some((method) => method !== USUAL_METHOD) && !mergesWide(nodes)) {
    return {
      missing: `ComfyUI at ${address} does not have the expected nodes ModelMergeSubtract and ModelMergeAdd, which ${methods.join(', ')} needs: use another version, or --backend ${MERGED_FILES} with --models-dir.`,
    };
  }
  try {
    return others.map((name) => matchCheckpoint(name, files));
  } catch (error) {
    // Whoever has asked for nodes waits for a model that is gone.
    if (!isExpected(error) || backend !== 'auto') throw error;
    return { missing: error.message };
  }
}

/**
 * A weight for a whole model would be of blocks too that the nodes do not move, or not alone, and a file merged from it later another merge.
 * @returns a sentence
 */
export function whyNoSum(
  { methods = [], shares = false }: FurtherModels,
  transformer: { readonly merge: Pick<MergeChoice, 'tied' | 'fixed'> | undefined } | undefined,
): string | undefined {
  const { tied = {}, fixed = {} } = transformer?.merge ?? {};
  const [block] = [...Object.keys(fixed), ...Object.keys(tied)];
  if (shares || block === undefined || !methods.includes(SUM)) return undefined;
  return `ComfyUI's nodes cannot give ${block} its own weight, which ${SUM} with separate weights for further models needs: search with --shares, or use --backend ${MERGED_FILES} with --models-dir.`;
}
