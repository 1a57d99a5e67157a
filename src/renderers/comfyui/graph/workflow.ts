/** The prompt of a trial: one merge, and a chain of nodes for every image. Pure. */
import type { ImageRequest } from '../../../types.ts';
import type { StruckImage } from '../../http/errors.ts';
import type { RenderJob } from '../../renderer.ts';
import type { Catalog } from '../catalog.ts';
import type { Drawing } from '../families/family.ts';
import { chainOf } from './node-chain.ts';
import type { Chain } from './node-chain.ts';
import type { ForeignNodes, Graph } from './graph.ts';
import type { ModelSource } from './model-source.ts';
import { settingsOf } from '../request/settings.ts';
import type { ChainSettings } from '../request/settings.ts';
import { copyWorkflow, markedPart } from './workflow-file.ts';
import type { UserWorkflow } from './workflow-file.ts';

export interface WorkflowOptions {
  readonly source: ModelSource;
  /** Of a transformer. */
  readonly drawing?: Drawing | undefined;
  readonly catalog: Catalog;
  /** The user's own chain in place of the usual one. */
  readonly workflow: UserWorkflow | undefined;
}

export interface Workflow {
  readonly graph: Graph;
  /** What each output node makes. */
  readonly outputs: ReadonlyMap<string, PlannedImage>;
  readonly foreign: ForeignNodes;
}

export interface PlannedImage {
  readonly request: ImageRequest;
  readonly index: number;
  readonly sent: SentSettings;
}

/** What the prompt says of an image; null where a workflow file decides. */
interface SentSettings {
  readonly seed: number;
  readonly sampler: string | null;
  readonly width: number | null;
  readonly height: number | null;
}

/**
 * @throws usage error for a request that ComfyUI cannot follow
 * @throws RangeError for weights that it cannot merge
 */
export function buildWorkflow(
  { weights, requests, isWanted = () => true }: Pick<RenderJob, 'weights' | 'requests' | 'isWanted'>,
  { source: from, drawing, catalog, workflow }: WorkflowOptions,
): Workflow {
  const { graph, ...source } = from.nodes(weights);
  const outputs = new Map<string, PlannedImage>();
  const chains = requests.flatMap((request, position): Chain[] => {
    const indexes = new Set([...request.seeds.keys()].filter((index) => isWanted(request.id, index)));
    if (indexes.size === 0) return [];
    const asked = workflow === undefined ? request : markedPart(request, workflow);
    const settings = settingsOf(asked, catalog, drawing);
    const prefix = `p${position}`;
    const chain =
      workflow === undefined
        ? chainOf(settings, prefix, source, catalog.upscaleInputs, indexes)
        : copyWorkflow(workflow, settings, prefix, source, indexes);
    for (const [index, node] of chain.outputs) {
      const seed = settings.seeds[index] ?? 0;
      outputs.set(node, { request, index, sent: sentOf(seed, settings, workflow) });
    }
    return [chain];
  });
  return {
    graph: Object.assign({}, graph, ...chains.map(({ nodes }) => nodes)),
    outputs,
    foreign: new Map(chains.flatMap(({ foreign = new Map() }) => [...foreign])),
  };
}

/** What a node works for, by its id: a request, or one image of it; undefined for the merge and the loaders. */
export function imageOfNode(id: string, requests: readonly ImageRequest[]): StruckImage | undefined {
  const [, position, index] = /^p(\d+)(?:s(\d+))?_/.exec(id) ?? [];
  const request = position === undefined ? undefined : requests[Number(position)];
  return request && { request: request.id, index: index === undefined ? undefined : Number(index) };
}

/**
 * The images that are wanted, in portions of at most {@link MOST_IMAGES}: ComfyUI tells the state of all nodes of a prompt
 * with every step, and holds what they made until its end.
 */
export function portionsOf({
  requests,
  isWanted = () => true,
}: Pick<RenderJob, 'requests' | 'isWanted'>): Pick<RenderJob, 'requests' | 'isWanted'>[] {
  const images = requests.flatMap((request) =>
    [...request.seeds.keys()].flatMap((index) => (isWanted(request.id, index) ? [{ request, index }] : [])),
  );
  const count = Math.ceil(images.length / MOST_IMAGES);
  return Array.from({ length: count }, (_, at) => {
    const portion = images.slice(at * MOST_IMAGES, (at + 1) * MOST_IMAGES);
    return {
      requests: [...new Set(portion.map(({ request }) => request))],
      isWanted: (id: string, index: number) =>
        portion.some((image) => image.request.id === id && image.index === index),
    };
  });
}

/** Of one prompt. */
const MOST_IMAGES = 16;

function sentOf(seed: number, settings: ChainSettings, workflow: UserWorkflow | undefined): SentSettings {
  const isSent = (mark: string): boolean => workflow?.marks.has(mark) ?? true;
  return {
    seed,
    sampler: isSent('sampler_name') ? settings.sampler.sampler : null,
    width: isSent('width') ? settings.width : null,
    height: isSent('height') ? settings.height : null,
  };
}
