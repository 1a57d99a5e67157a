/** Small calls that put a server into a known state. */
import { isExpected } from '../../shared/errors.ts';
import type { Client } from '../http/client.ts';
import { WebuiError, webuiError } from '../http/errors.ts';
import { newTaskId } from './company/other-searches.ts';
import { withoutHash } from './models.ts';
import { ignoredSchema, optionsSchema } from './schemas.ts';

/** The smallest image of the selected checkpoint: reads its file where another one is in memory, and shows as a job. */
export async function drawPlain(client: Client, signal: AbortSignal): Promise<void> {
  const body = {
    prompt: '',
    seed: 1,
    steps: 1,
    width: 64,
    height: 64,
    batch_size: 1,
    n_iter: 1,
    send_images: false,
    save_images: false,
    do_not_save_samples: true,
    do_not_save_grid: true,
    force_task_id: newTaskId(),
  };
  await client.post('/sdapi/v1/txt2img', body, ignoredSchema, signal, { patience: 'long', retry: true });
}

/** Has the server list its checkpoint folder again. What fails here shows at the next call. */
export async function refreshList(client: Client, signal: AbortSignal): Promise<void> {
  try {
    await client.post('/sdapi/v1/refresh-checkpoints', undefined, ignoredSchema, signal, { retry: true });
  } catch (error) {
    if (!isExpected(error) && !signal.aborted) throw error;
  }
}

/** A backend or a model that was there when the run began, and is no longer: a reason to wait, and to stop then. */
export function asGone(error: unknown, way: string, { address }: Client): unknown {
  if (error instanceof WebuiError && error.code === 'webui-model-unknown') {
    const message = `${error.message} It was there when the run started: put the file back.`;
    return error.with({ retry: 'rearm', message });
  }
  if (!(error instanceof WebuiError) || error.code !== 'webui-merge-way-missing') return error;
  const what = way === 'checkpoint' ? 'The backend with checkpoint files' : `The extension ${way}`;
  const cure = way === 'checkpoint' ? 'fix that' : 'enable it, restart the WebUI';
  return webuiError(
    'webui-extension-gone',
    `${what} is gone from the WebUI at ${address} (${error.message.replace(/\.$/, '')}). A run cannot change its backend: ${cure}, and resume.`,
    { cause: error },
  );
}

export function restarted({ address }: Client): WebuiError {
  return webuiError('webui-lost', `The WebUI at ${address} was restarted, so its merge was lost.`);
}

/** Title of the selected checkpoint; null where that cannot be said. */
export async function readSelection(client: Client, signal: AbortSignal): Promise<string | null> {
  try {
    return (await client.get('/sdapi/v1/options', optionsSchema, signal)).sd_model_checkpoint ?? null;
  } catch (error) {
    if (!isExpected(error)) throw error;
    return null;
  }
}

/** Title, path or file name of a checkpoint to its bare name, for comparing what people and servers call it. */
export function bareName(text: string | null | undefined): string {
  return withoutHash(text ?? '')
    .replaceAll('\\', '/')
    .replace(/^.*\//, '')
    .replace(/\.(safetensors|ckpt)$/i, '')
    .toLowerCase();
}
