/**
 * Strengths of LoRAs as parameters of the search, on any server: a tag `<lora:name:strength>` in the prompt, which AUTOMATIC1111 and
 * Forge read themselves, and for which ComfyUI gets a node. Nothing of it stays in the server's memory.
 */
import { usageError } from '../shared/errors.ts';
import { LORA_PREFIX, type Parameter } from '../space/parameters.ts';
import type { BlockWeights, Image, ImageRequest } from '../types.ts';
import { overlay } from './overlay.ts';
import type { RenderJob, Renderer } from './renderer.ts';

/** The way without a model B, as in `--backend`. */
export const LORAS_ALONE = 'loras';

/** Beyond it a LoRA destroys every image. */
const STRONGEST = 4;

/** @param asked as people name them */
export function parametersOfLoras(asked: readonly string[]): Parameter[] {
  return asked.map((name) => ({
    name: LORA_PREFIX + name,
    low: -STRONGEST,
    high: STRONGEST,
    neutral: 0,
    full: 1,
  }));
}

/** @param asked as people name them; the same renderer where there is none */
export function withPromptLoras(renderer: Renderer, asked: readonly string[]): Renderer {
  if (asked.length === 0) return renderer;
  /** What tags call them, in the order in which they were asked for; known once the server is. */
  let names: readonly string[] = asked;
  const parameters = parametersOfLoras(asked);
  const tagged = (requests: readonly ImageRequest[], strengths: readonly number[]): ImageRequest[] =>
    requests.map((request) => withTags(request, names, strengths));
  return overlay(renderer, {
    get capabilities() {
      const { capabilities } = renderer;
      return { ...capabilities, parameters: [...(capabilities.parameters ?? []), ...parameters] };
    },
    async open(signal) {
      const report = await renderer.open(signal);
      try {
        names = await namesOf(renderer, asked, signal);
      } catch (error) {
        await renderer.close();
        throw error;
      }
      return report;
    },
    warnings(requests) {
      for (const request of requests) refuseOwnTags(request, names);
      return (
        renderer.warnings?.(
          tagged(
            requests,
            names.map(() => 1),
          ),
        ) ?? []
      );
    },
    render: (job, signal) => renderTagged(renderer, job, tagged, parameters, signal),
    saveCheckpoint: undefined,
  });
}

async function* renderTagged(
  renderer: Renderer,
  job: RenderJob,
  tagged: (requests: readonly ImageRequest[], strengths: readonly number[]) => ImageRequest[],
  parameters: readonly Parameter[],
  signal: AbortSignal,
): AsyncGenerator<Image> {
  const { weights } = job;
  if (weights === 'model-a') {
    yield* renderer.render(job, signal);
    return;
  }
  const strengths = parameters.map(({ name, neutral }) => weights[name] ?? neutral);
  const given = new Map(job.requests.map((request) => [request.id, request]));
  const own = { ...job, weights: withoutLoras(weights), requests: tagged(job.requests, strengths) };
  for await (const image of renderer.render(own, signal)) {
    // Who looks at it, and scores it, knows the prompt of the payload.
    yield { ...image, request: given.get(image.request.id) ?? image.request };
  }
}

async function namesOf(
  renderer: Renderer,
  asked: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const names = (await renderer.findLoras?.(asked, signal)) ?? asked;
  for (const name of names) {
    const bad = /[:<>,]/.exec(name)?.[0];
    if (bad === undefined) continue;
    throw usageError(
      'lora-in-prompt',
      `The name of the LoRA "${name}" has a "${bad}", which a prompt cannot hold: rename its file, and refresh the list of LoRAs.`,
    );
  }
  return names;
}

function withoutLoras(weights: BlockWeights): BlockWeights {
  return Object.fromEntries(Object.entries(weights).filter(([name]) => !name.startsWith(LORA_PREFIX)));
}

/** A LoRA at 0 has no tag: then it is not loaded, and its trigger is not in the way. */
function withTags(
  request: ImageRequest,
  names: readonly string[],
  strengths: readonly number[],
): ImageRequest {
  const tags = names.flatMap((name, n) => {
    // Six digits keep powers of ten (1e-7) out of the text.
    const strength = Number((strengths[n] ?? 0).toFixed(6));
    return strength === 0 ? [] : [`<lora:${name}:${strength}>`];
  });
  if (tags.length === 0) return request;
  const add = (text: string): string => `${text}\n${tags.join('')}`;
  const { body } = request;
  const [prompt, second] = [body['prompt'], body['hr_prompt']];
  return {
    ...request,
    prompt: add(request.prompt),
    body: {
      ...body,
      prompt: add(typeof prompt === 'string' ? prompt : request.prompt),
      // Empty, the second pass takes the prompt of the first, tags and all.
      ...(typeof second === 'string' && second !== '' && { hr_prompt: add(second) }),
    },
  };
}

/** Two tags of one LoRA would add up, or one would win. */
function refuseOwnTags({ id, prompt, body }: ImageRequest, names: readonly string[]): void {
  const texts = [prompt, body['prompt'], body['hr_prompt']].filter((text) => typeof text === 'string');
  const found = texts.flatMap((text) => [...text.matchAll(/<lora:([^:>]*)/gi)].map(([, name = '']) => name));
  const twice = found.find((name) => names.includes(name));
  if (twice === undefined) return;
  throw usageError(
    'lora-in-prompt',
    `The prompt of ${id} has a tag of the LoRA ${twice} that is searched: remove it, for the search adds its own.`,
  );
}
