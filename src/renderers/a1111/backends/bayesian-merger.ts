/**
 * The extension bayesian-merger: one call per trial merges both files and puts the result into memory under model A's
 * name. Nothing in the replies tells that it did: hence `prove.ts`. Only the UNet is merged (`base_alpha` 0), so the
 * server's cache of conditionings, which does not notice a changed text encoder, can stay on.
 */
import { blocksOf } from '../../../space/blocks.ts';
import { architectureRow } from '../../../architectures/registry.ts';
import { WEIGHT_ORDERS } from '../../../architectures/sd-lists.ts';
import type { BlockName } from '../../../space/blocks.ts';
import type { Client } from '../../http/client.ts';
import { WebuiError } from '../../http/errors.ts';
import { selectFile } from '../checkpoint.ts';
import { fileOf } from '../models.ts';
import { waitUntilIdle } from '../progress.ts';
import { ignoredSchema, openapiSchema } from '../schemas.ts';
import type { CheckpointWay, MergeContext, MergeSession } from './backend.ts';
import { whyNotThisLayout } from './sd1-only.ts';
import { weightList } from './weight-list.ts';

const PATH = '/bbwm/merge-models';

const WEIGHT_ORDER: readonly BlockName[] = WEIGHT_ORDERS.preset;

export const bayesianMerger: CheckpointWay = {
  name: 'bayesian-merger',
  summary:
    'extension; 25 free blocks, in memory; each iteration reads models A and B; runtime-block-merge needs a WebUI restart afterwards',
  takes: 'checkpoint',
  capabilities: (architecture) => ({
    free: blocksOf(architecture).filter((name) => name !== 'OUT' && name !== 'TIME_EMBED'),
    // `time_embed.` takes the first number, `out.` the last.
    tied: { TIME_EMBED: 'IN00', OUT: architectureRow(architecture).path.at(-1) ?? '' },
    fixed: {},
    // What it does outside has never been seen.
    range: { low: 0, high: 1 },
    mergesTextEncoder: false,
    savesCheckpoint: false,
  }),
  async find(context, signal) {
    const { client, architecture } = context;
    const unlike = whyNotThisLayout('bayesian-merger', architecture);
    if (unlike !== undefined) return { missing: unlike };
    if (await hasPath(client, signal)) return sessionOf(context);
    return {
      missing: `The WebUI at ${client.address} has no extension bayesian-merger (no ${PATH}); install sd-webui-bayesian-merger with its package sd_meh (or enable it) and restart the WebUI.`,
    };
  },
};

async function hasPath(client: Client, signal: AbortSignal): Promise<boolean> {
  try {
    const { paths } = await client.get('/openapi.json', openapiSchema, signal);
    return PATH in paths;
  } catch (error) {
    // A server that tells nobody what it has.
    if (error instanceof WebuiError && error.status === 404) return false;
    throw error;
  }
}

function sessionOf({ client, modelA, modelB }: MergeContext): MergeSession {
  /** The weights that are merged now, as text; undefined when that is not certain. */
  let inMemory: string | undefined;

  return {
    livesInMemory: true,

    async arm() {
      inMemory = undefined;
    },

    /** Selecting model A again would leave the merge where it is: another checkpoint must be loaded in between. */
    async disarm(signal) {
      inMemory = undefined;
      await waitUntilIdle(client, signal);
      await selectFile(client, modelB, signal);
      await selectFile(client, modelA, signal);
    },

    async prepare(weights, signal) {
      const alpha = weightList(weights, WEIGHT_ORDER);
      const wanted = alpha.join();
      if (wanted === inMemory) return;
      inMemory = undefined;
      // The call does not queue: it would change the model in the middle of somebody's image.
      await waitUntilIdle(client, signal);
      const body = {
        destination: 'memory',
        merge_method: 'weighted_sum',
        // It reads files, not names of checkpoints.
        model_a: modelA.filename,
        model_b: modelB.filename,
        base_alpha: 0,
        alpha,
        // With 16 bits, its own default, a model in float32 is rounded first, so that weight 0 is no longer model A where
        // the WebUI computes in float32 (--no-half): seen, as that 32 gives A to the pixel. A model in float16 comes out
        // of float32 as it went in. Nobody can ask the server what a file holds; the price is memory while it merges.
        precision: 32,
      };
      // Not repeated: after a lost connection the first merge may still be going on.
      await client.post(PATH, body, ignoredSchema, signal, { patience: 'long' });
      inMemory = wanted;
    },

    // The merge stays in memory for every request.
    decorate: (body) => body,

    warnings: () => [
      `bayesian-merger replaces the UNet of the WebUI at ${client.address} when it merges "${fileOf(modelB)}" into "${fileOf(modelA)}": runtime-block-merge has no effect there until the WebUI is restarted.`,
    ],
  };
}
