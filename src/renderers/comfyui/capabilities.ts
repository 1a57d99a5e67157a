/** What merging by ComfyUI's own nodes can express. */
import { architectureRow } from '../../architectures/registry.ts';
import { uniformWeights, type Architecture, type BlockName } from '../../space/blocks.ts';
import { NO_PARTS } from '../../space/parts.ts';
import {
  METHOD_PARAMETER,
  methodValue,
  ORDER_PARAMETER,
  parametersOfMerges,
} from '../../checkpoints/searched-merge.ts';
import { methodsOfWay } from '../../checkpoints/methods/ways.ts';
import { USUAL_METHOD } from '../../checkpoints/methods/registry.ts';
import type { Parameter } from '../../space/parameters.ts';
import type { Capabilities } from '../renderer.ts';
import type { Attachment } from './attach.ts';
import { idOfModel, MERGE_WAY } from './graph/terms.ts';
import { partsOfNodes } from './graph/part-nodes.ts';
import { PLAIN_RANGE, strayBlockOf, usualSteps, WIDE_RANGE } from './graph/merge.ts';
import type { MergeChoice } from './merge/choose.ts';
import type { FurtherModels } from './merge/further-models.ts';

/** What has been found out of the server. */
interface Known
  extends
    Pick<Attachment, 'wide' | 'savesCheckpoint' | 'mergesClip'>,
    Partial<Pick<Attachment, 'mergesForeign'>> {
  readonly transformer?:
    { readonly merge: Pick<MergeChoice, 'tied' | 'fixed' | 'steps'> | undefined } | undefined;
}

/** @param attachment undefined before the server is known, which then counts as complete */
export function capabilitiesOf(
  architecture: Architecture,
  attachment: Known | undefined,
  { methods = [], others = [] }: FurtherModels = {},
): Capabilities {
  const row = architectureRow(architecture);
  const { tied = {}, fixed = {}, steps } = attachment?.transformer?.merge ?? {};
  const stray = strayBlockOf(steps ?? (row.comfyNode === undefined ? [] : usualSteps(architecture)));
  const isPlain = methods.every((method) => method === USUAL_METHOD);
  const isFree = (block: BlockName): boolean => tied[block] === undefined && fixed[block] === undefined;
  return {
    free: row.blocks.filter(isFree),
    optional: row.optionalBlocks.filter(isFree),
    tied,
    fixed,
    range: (attachment?.wide ?? true) ? WIDE_RANGE : PLAIN_RANGE,
    parts: isPlain ? partsOfNodes(architecture, attachment?.mergesClip ?? true) : NO_PARTS,
    parameters: parametersOfNodes(architecture, others),
    ...(isPlain ? {} : witnessed(methods, others, architecture)),
    ...(attachment?.mergesForeign === true && { sendsForeignBlocks: true }),
    ...(stray !== undefined && { stray }),
    mergesTextEncoder: row.layout === undefined && isPlain,
    savesCheckpoint: attachment?.savesCheckpoint ?? true,
  };
}

function parametersOfNodes(architecture: Architecture, others: readonly string[]): Parameter[] {
  const known = methodsOfWay(MERGE_WAY);
  const weights = others.map((_, n) => weightOfModel(n));
  return parametersOfMerges().filter(({ name }) => {
    if (name === METHOD_PARAMETER || weights.includes(name)) return true;
    // A text encoder that model B has not cannot take the place of model A's.
    if (name === ORDER_PARAMETER) return architectureRow(architecture).layout === undefined;
    return known.some((method) => name.startsWith(`${method}:`) && method !== 'multi-sum');
  });
}

/** @param n of the models behind B, from 0 */
function weightOfModel(n: number): string {
  return `multi-sum:${idOfModel(n)}`;
}

/** Every further model must move an image, and the last method stands for all in the merge that is looked at again. */
function witnessed(
  methods: readonly string[],
  others: readonly string[],
  architecture: Architecture,
): Pick<Capabilities, 'known' | 'witnesses'> {
  const last = methods.at(-1) ?? USUAL_METHOD;
  const shares = others.map((_, n) => [weightOfModel(n), 0.3 / (n + 1)] as const);
  const added = methods.includes('add-difference')
    ? {
        'B minus C at weight 1 (add-difference)': {
          ...uniformWeights(1, architecture),
          [METHOD_PARAMETER]: methodValue('add-difference'),
        },
      }
    : {};
  const summed = methods.includes('multi-sum')
    ? others.map(
        (model, n) =>
          [
            `model ${idOfModel(n).toUpperCase()} (${model}) at weight 1`,
            {
              ...uniformWeights(0, architecture),
              [METHOD_PARAMETER]: methodValue('multi-sum'),
              [weightOfModel(n)]: 1,
            },
          ] as const,
      )
    : [];
  return {
    known: {
      [METHOD_PARAMETER]: methodValue(last),
      ...(last === 'multi-sum' ? Object.fromEntries(shares) : {}),
    },
    witnesses: { ...added, ...Object.fromEntries(summed) },
  };
}
