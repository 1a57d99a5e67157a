/** The recipe to copy: lists in the orders that people use, weights by name, the command that merges. */
import { architectureRow, DEFAULT_ARCHITECTURE, isArchitecture } from '../../architectures/registry.ts';
import { unlistedInWords, weightsToList } from '../../architectures/sd-lists.ts';
import type { WeightOrder } from '../../architectures/architecture.ts';
import { pythonFloat } from '../../formats/python-float.ts';
import { markup, NOTHING, type Html } from '../html.ts';
import { blocksInOrder } from '../network-layout.ts';
import type { Recommended, ReportRun } from '../report.ts';
import { copyable, folded, type Ids, type Section } from '../section.ts';
import { shellWord } from '../words.ts';

export function recipeSection(run: ReportRun, ids: Ids): Section {
  const { recommended } = run;
  const id = ids('recipe');
  const title = 'The recipe';
  if (recommended === undefined) return { id, title, body: markup`<p>There is no merge to use.</p>` };
  const named = weightsByName(run, recommended);
  const output = shellWord(`${run.name}.safetensors`);
  const body = markup`${copyable(ids('merge-run'), 'Merge it, on the machine of the run', `autombw merge --run ${shellWord(run.journal)} --output ${output}`)}
  ${copyable(
    ids('merge-weights'),
    'Merge it anywhere',
    `autombw merge --model-a ${fileOf(run.models.a)} --model-b ${fileOf(run.models.b)} --weights ${named.map(([block, weight]) => `${block}=${weight}`).join(',')} --output ${output}`,
  )}
  ${lists(run, recommended, ids)}
  ${folded('By name, as JSON', copyable(ids('json'), 'Weights by name', JSON.stringify(Object.fromEntries(named), undefined, 2)))}`;
  return { id, title, body };
}

function weightsByName({ plan }: ReportRun, { weights }: Recommended): (readonly [string, number])[] {
  return blocksInOrder(plan?.space.architecture, weights).map((block) => [block, weights[block] ?? 0]);
}

function fileOf({ file, name }: ReportRun['models']['a']): string {
  return shellWord(file ?? name);
}

const ORDERS: readonly (readonly [order: WeightOrder, title: string, blocks: string])[] = [
  ['recipe', '27 numbers, as in recipe files', 'IN00 to IN11, M00, OUT00 to OUT11, OUT, TIME_EMBED'],
  ['search', '27 numbers, as in CSV files', 'IN00 to IN11, M00, OUT, OUT00 to OUT11, TIME_EMBED'],
  [
    'legacy',
    '27 numbers, as in recipes of the first extension',
    'IN00 to IN11, M00, OUT00 to OUT11, TIME_EMBED, OUT',
  ],
  ['preset', '25 numbers, as in merge-block-weighted and supermerger', 'IN00 to IN11, M00, OUT00 to OUT11'],
];

/** Only families of Stable Diffusion have such lists. */
function lists({ plan }: ReportRun, { weights }: Recommended, ids: Ids): Html {
  const architecture = plan?.space.architecture ?? DEFAULT_ARCHITECTURE;
  if (!isArchitecture(architecture) || architectureRow(architecture).lists === undefined) return NOTHING;
  if (plan === undefined && !('IN00' in weights)) return NOTHING;
  const lost = unlistedInWords(weights);
  return markup`${ORDERS.map(([order, title, blocks]) =>
    copyable(ids(`list-${order}`), title, weightsToList(weights, order).map(pythonFloat).join(','), blocks),
  )}${lost !== undefined && markup`<p class="note">Lists cannot store ${lost}.</p>`}`;
}
