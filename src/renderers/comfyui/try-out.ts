/** What a search would stumble over first, without an image being made. For `autombw doctor`. */
import { isExpected } from '../../shared/errors.ts';
import { uniformWeights } from '../../space/blocks.ts';
import type { Architecture } from '../../space/blocks.ts';
import type { Client } from '../http/client.ts';
import { WebuiError } from '../http/errors.ts';
import type { ModelSource } from './graph/model-source.ts';
import { cancelPrompt, newPrompt, postOnce, readHistory, readQueue } from './queue/prompts.ts';
import { refusalSchema } from './schemas.ts';

/**
 * Posts a merge without an output, which a server refuses for that reason alone, and reads queue and history as a
 * search does.
 * @returns sentences; empty when all is well
 */
export async function tryOut(
  client: Client,
  source: ModelSource,
  architecture: Architecture,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { graph } = source.nodes(uniformWeights(0.5, architecture));
  const prompt = newPrompt(graph);
  const steps = [
    async (): Promise<void> => {
      await postOnce(client, prompt, signal);
      await cancelPrompt(client, prompt.id);
    },
    async () => readQueue(client, signal),
    async () => readHistory(client, prompt.id, signal),
  ];
  const obstacles: string[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      if (!isExpected(error)) throw error;
      if (!hasNoOutputs(error)) obstacles.push(error.message);
    }
  }
  return obstacles;
}

/** Whatever it checks before that was right. */
function hasNoOutputs(error: unknown): boolean {
  if (!(error instanceof WebuiError)) return false;
  return refusalSchema.safeParse(error.cause).data?.error.type === 'prompt_no_outputs';
}
