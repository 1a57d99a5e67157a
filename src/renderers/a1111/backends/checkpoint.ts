/**
 * Merged files in the server's checkpoint folder: needs no extension, only the folder as a path of this machine. The server
 * keeps a model by its file name and never looks whether the file changed, so that every merge gets a name that never was.
 */
import fs from 'node:fs';
import path from 'node:path';
import { WebuiError, webuiError } from '../../http/errors.ts';
import { selectCheckpoint } from '../checkpoint.ts';
import { MERGED_FILES, MergedFiles, capabilitiesOfFiles, findLocalModels } from '../../merged-files.ts';
import type { LocalModels } from '../../renderer.ts';
import { withoutHash } from '../models.ts';
import { requireParts } from '../modules.ts';
import { waitUntilIdle } from '../progress.ts';
import { ignoredSchema } from '../schemas.ts';
import { readSettings, selectedIn } from '../server-settings.ts';
import { whyMergedFiles } from '../../../checkpoints/methods/ways.ts';
import type { CheckpointWay, ExpectedModel, MergeContext, MergeSession } from './backend.ts';

export const checkpointFiles: CheckpointWay = {
  name: MERGED_FILES,
  summary:
    'no extension; all blocks free, merged files in the checkpoint folder (--models-dir); each iteration writes the changed blocks and loads a checkpoint',
  takes: 'checkpoint',
  capabilities: capabilitiesOfFiles,
  async find(context) {
    const { client, modelA, modelB, options } = context;
    const local = findLocalModels({
      modelA: modelA.filename,
      modelB: modelB.filename,
      others: options.others,
      modelsDir: options.modelsDir,
      server: `the WebUI at ${client.address}`,
      withoutFolder: [
        ...whyMergedFiles(options.methods ?? []),
        'Merged files work with any WebUI: give its checkpoint folder as a path on this machine with --models-dir.',
      ].join(' '),
    });
    if ('missing' in local) return local;
    const missing = whyNotItsVae(local.a, context);
    return missing === undefined ? sessionOf(context, local) : { missing };
  },
};

/** With SD VAE on "Automatic" a file beside a checkpoint is its VAE; a merged file has another name, and would go without. */
function whyNotItsVae(file: string, { server }: MergeContext): string | undefined {
  if (server === undefined || server.family === 'forge' || server.settings['sd_vae'] !== 'Automatic')
    return undefined;
  const stem = file.replace(/\.safetensors$/, '');
  const vae = ['.vae.safetensors', '.vae.pt', '.vae.ckpt']
    .map((end) => stem + end)
    .find((one) => fs.existsSync(one));
  if (vae === undefined) return undefined;
  return `The WebUI uses ${path.basename(vae)} next to model A as its VAE, but merged files would not have it: select that VAE by name in the WebUI's settings (SD VAE).`;
}

function sessionOf(
  { client, modelA, architecture, options, modules = [] }: MergeContext,
  local: LocalModels,
): MergeSession {
  const files = new MergedFiles(local, architecture, options.bakes);
  const { folder } = files;
  /** What is selected: the weights as text, and how replies will name it. */
  let current: { readonly weights: string; readonly model: ExpectedModel } | undefined;

  const refresh = async (signal: AbortSignal): Promise<void> => {
    await client.post('/sdapi/v1/refresh-checkpoints', undefined, ignoredSchema, signal, { retry: true });
  };

  const select = async (file: string, signal: AbortSignal): Promise<ExpectedModel> => {
    await refresh(signal);
    try {
      await client.post('/sdapi/v1/options', { sd_model_checkpoint: file }, ignoredSchema, signal, {
        patience: 'long',
        retry: true,
      });
    } catch (error) {
      if (!(error instanceof WebuiError) || error.status !== 500 || !error.message.includes('not found'))
        throw error;
      throw webuiError(
        'webui-model-not-loaded',
        `The WebUI at ${client.address} does not find the merged file ${file} in ${folder}: give its own checkpoint folder with --models-dir, not a copy.`,
        { cause: error },
      );
    }
    const selected = selectedIn(await readSettings(client, signal)) ?? '';
    // A load that failed is answered with 200 as well, and leaves the old checkpoint selected.
    if (path.basename(withoutHash(selected).replaceAll('\\', '/')) === file) {
      // The title says which file it is. The setting `sd_checkpoint_hash` is of the file that was loaded last, which on
      // Forge is not this one yet: it loads with the next image, whose reply is checked by the name.
      const hash = / \[([0-9a-f]+)\]$/.exec(selected)?.[1]?.slice(0, SHORT_HASH) ?? null;
      return { names: [path.basename(file, '.safetensors')], hash, notHash: modelA.hash ?? null };
    }
    throw webuiError(
      'webui-model-not-loaded',
      `The WebUI at ${client.address} did not load the merged file ${file}: "${selected}" is still selected. Check that ${folder} is its checkpoint folder, and check its console.`,
    );
  };

  return {
    capabilities: capabilitiesOfFiles(architecture, options),

    async ready(signal) {
      await requireParts(client, local.a, architecture, modules, signal);
      await files.ready(signal, options.methods);
    },

    localModels: local,

    warnings: () => files.warnings(),

    // The first merge writes the file.
    async arm() {},

    async disarm(signal) {
      await waitUntilIdle(client, signal);
      current = undefined;
      await selectCheckpoint(client, modelA, signal);
      const left = files.remove();
      await refresh(signal);
      if (left.length === 0) return;
      throw webuiError(
        'webui-merge-refused',
        `The work files ${left.join(', ')} cannot be deleted: another program has them open. Delete them by hand.`,
      );
    },

    async prepare(weights, signal) {
      const text = JSON.stringify(weights);
      if (current?.weights === text) return;
      current = undefined;
      const file = await files.write(weights, signal);
      current = { weights: text, model: await select(file, signal) };
    },

    decorate: (body) => body,

    expectedModel: (weights) =>
      current?.weights === JSON.stringify(weights) ? current.model : { names: [], hash: null },

    async saveCheckpoint(weights, name, signal) {
      const output = await files.save(weights, name, signal);
      await refresh(signal);
      return output;
    },

    abandon() {
      files.remove();
    },
  };
}

/** Digits of the hash that replies show. */
const SHORT_HASH = 10;
