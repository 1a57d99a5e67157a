/**
 * The extension runtime-block-merge: merges the UNet in memory, one weight per block, effect `A + w (B - A)`.
 * Text encoder and VAE stay model A's. Model B is loaded by an event of its panel, which is no part of the API; the
 * weights travel as arguments of each txt2img. A merge that fails inside shows in no reply: hence `prove.ts`.
 */
import { usageError } from '../../../shared/errors.ts';
import { blocksOf } from '../../../space/blocks.ts';
import { otherNetworks } from '../../../architectures/registry.ts';
import { WEIGHT_ORDERS } from '../../../architectures/sd-lists.ts';
import type { BlockName } from '../../../space/blocks.ts';
import type { Client } from '../../http/client.ts';
import { WebuiError, webuiError } from '../../http/errors.ts';
import { fileOf, stableNameOf } from '../models.ts';
import { waitUntilIdle } from '../progress.ts';
import {
  gradioConfigSchema,
  ignoredSchema,
  modelsSchema,
  predictSchema,
  predictUpdateSchema,
} from '../schemas.ts';
import { findPanelEvents } from './gradio-events.ts';
import type { PanelEvents } from './gradio-events.ts';
import type { CheckpointWay, MergeContext, MergeSession } from './backend.ts';
import { findScript, withScript } from './scripts.ts';
import { weightList } from './weight-list.ts';

const SCRIPT = 'runtime block merging for unet';

/** The order of its arguments and sliders: OUT stands before OUT00, which is the search order. */
const ARGUMENT_ORDER: readonly BlockName[] = WEIGHT_ORDERS.search;
const ARGUMENT_LABELS: readonly string[] = [...ARGUMENT_ORDER, 'Model B', 'Enable'];

export const runtimeBlockMerge: CheckpointWay = {
  name: 'runtime-block-merge',
  summary: 'extension; 27 free blocks, in memory; each iteration merges only the changed blocks',
  takes: 'checkpoint',
  capabilities: (architecture) => ({
    free: blocksOf(architecture),
    tied: {},
    fixed: {},
    range: { low: -1, high: 2 },
    sendsForeignBlocks: true,
    mergesTextEncoder: false,
    savesCheckpoint: true,
  }),
  async find(context, signal) {
    const { client } = context;
    const missing = await whyNoScript(client, signal);
    if (missing !== undefined) return { missing };
    const config = await client.get('/config', gradioConfigSchema, signal);
    const events = findPanelEvents(config, ARGUMENT_ORDER, WEIGHT_ORDERS.recipe);
    return 'missing' in events ? events : sessionOf(context, events);
  },
};

function sessionOf(
  { client, modelA, modelB, architecture }: MergeContext,
  events: PanelEvents,
): MergeSession {
  /** Load event and arguments must name B alike; the title would change when the hash becomes known. */
  const nameOfB = stableNameOf(modelB);
  const otherFamilies = otherNetworks(architecture)
    .map(({ id }) => id.toUpperCase())
    .join(' or ');

  return {
    livesInMemory: true,

    async arm(signal) {
      // The event does not queue: it would change the weights in the middle of somebody's image.
      await waitUntilIdle(client, signal);
      const maxPrecision = true;
      const zeros = ARGUMENT_ORDER.map(() => 0);
      const data = await fireLoad([nameOfB, maxPrecision, ...zeros], signal);
      if (data[0] === nameOfB && data[1] === true) return;
      // So it answers for two names of one file; and for any file, once a model of another family was selected over a
      // merge. Of these two, A and B have been seen to be different files.
      if (data[0] === null && data[1] === false) throw unetReplaced();
      throw webuiError(
        'webui-merge-refused',
        `runtime-block-merge at ${client.address} did not confirm loading "${nameOfB}" over "${fileOf(modelA)}"; check the WebUI's console.`,
      );
    },

    async disarm(signal) {
      await waitUntilIdle(client, signal);
      try {
        const data = await predict(events.unload, [], signal);
        if (data[1] === false) return;
      } catch (error) {
        // So it answers when nothing is loaded: then the UNet is model A's already.
        if (error instanceof WebuiError && error.code === 'webui-server-error' && error.status === 500)
          return;
        throw error;
      }
      throw webuiError(
        'webui-merge-refused',
        `runtime-block-merge at ${client.address} did not unload "${nameOfB}"; press "Unload and Disable" in its panel, or restart the WebUI.`,
      );
    },

    // The arguments of the request are all it takes.
    async prepare() {},

    decorate(body, weights) {
      return withScript(body, SCRIPT, [...weightList(weights, ARGUMENT_ORDER), nameOfB, true]);
    },

    async saveCheckpoint(weights, name, signal) {
      if (events.save === undefined) {
        throw webuiError(
          'webui-merge-refused',
          `This version of runtime-block-merge at ${client.address} has a different panel for saving; write the checkpoint from the recipe with autombw merge instead.`,
        );
      }
      await refuseExisting(client, name, signal);
      await waitUntilIdle(client, signal);
      const data = await predict(
        events.save,
        [
          'Max Precision',
          'Keep Original',
          '.safetensors',
          name,
          true,
          ...weightList(weights, ARGUMENT_ORDER),
          ...weightList(weights, WEIGHT_ORDERS.recipe),
        ],
        signal,
      );
      const saved = predictUpdateSchema.safeParse(data[0]);
      if (saved.success && saved.data.value === name) return besides(modelA.filename, `${name}.safetensors`);
      throw webuiError(
        'webui-merge-refused',
        `runtime-block-merge at ${client.address} did not confirm saving "${name}"; check its checkpoint folder and console.`,
      );
    },
  };

  function unetReplaced(): WebuiError {
    return webuiError(
      'webui-unet-replaced',
      `Somebody selected a model of another family in the WebUI at ${client.address} (SDXL among SD1 models, or the other way round), which replaced the UNet that runtime-block-merge writes into; select "${fileOf(modelA)}" and restart the WebUI.`,
    );
  }

  async function fireLoad(data: readonly unknown[], signal: AbortSignal): Promise<readonly unknown[]> {
    try {
      return await predict(events.load, data, signal);
    } catch (error) {
      if (!(error instanceof WebuiError) || error.code !== 'webui-server-error') throw error;
      throw webuiError(
        'webui-merge-refused',
        `runtime-block-merge at ${client.address} failed to load "${nameOfB}" as model B. Most likely the WebUI was started with a model of another family (${otherFamilies}), whose UNet the extension keeps: select "${fileOf(modelA)}" in the WebUI, then restart it, or use --backend checkpoint with --models-dir. Otherwise the file is damaged or there is not enough memory; the WebUI's console shows which.`,
        { cause: error, ...(error.status === undefined ? {} : { status: error.status }) },
      );
    }
  }

  async function predict(
    fnIndex: number,
    data: readonly unknown[],
    signal: AbortSignal,
  ): Promise<readonly unknown[]> {
    const body = { fn_index: fnIndex, data };
    return (await client.post('/run/predict', body, predictSchema, signal, { patience: 'long' })).data;
  }
}

async function whyNoScript(client: Client, signal: AbortSignal): Promise<string | undefined> {
  const script = await findScript(client, SCRIPT, signal);
  if (script === undefined) {
    return `The WebUI at ${client.address} has no extension runtime-block-merge; install sd-webui-runtime-block-merge (or enable it) and restart the WebUI.`;
  }
  const labels = script.args.map(({ label }) => label ?? '');
  const odd = ARGUMENT_LABELS.findIndex((label, i) => labels[i] !== label);
  if (odd < 0) return undefined;
  return `The runtime-block-merge at ${client.address} takes different arguments than expected: number ${odd + 1} is "${labels[odd] ?? ''}" and should be "${ARGUMENT_LABELS[odd]}"; use another version of the extension.`;
}

/** The extension would overwrite any file of that name, model A included. */
async function refuseExisting(client: Client, name: string, signal: AbortSignal): Promise<void> {
  await client.post('/sdapi/v1/refresh-checkpoints', undefined, ignoredSchema, signal, { retry: true });
  const models = await client.get('/sdapi/v1/sd-models', modelsSchema, signal);
  const file = `${name}.safetensors`.toLowerCase();
  if (!models.some((model) => fileOf(model).toLowerCase() === file)) return;
  throw usageError(
    'checkpoint-exists',
    `The WebUI already has a checkpoint "${name}.safetensors", which saving would overwrite; choose another name.`,
  );
}

function besides(path: string, file: string): string {
  return `${path.replace(/[^/\\]*$/, '')}${file}`;
}
