/** One request on the wire: sent, watched, answered, checked. */
import type { ImageRequest, Image } from '../../../types.ts';
import type { RenderJob } from '../../renderer.ts';
import type { Attachment } from '../attach.ts';
import type { Client } from '../../http/client.ts';
import { readAppId } from '../connect.ts';
import { WebuiError, isConnectionLoss, webuiError } from '../../http/errors.ts';
import { awakeTime } from '../../../shared/awake-time.ts';
import { followAbort } from '../../../shared/abort/follow-abort.ts';
import { parseJson } from '../../../shared/parse-json.ts';
import type { ExpectedModel, MergedBody } from '../backends/backend.ts';
import { readProgress, watchProgress } from '../progress.ts';
import type { WatchedTask } from '../progress.ts';
import { generationInfoSchema, ignoredSchema, pendingTasksSchema, txt2imgReplySchema } from '../schemas.ts';
import type { ServerProgress } from '../schemas.ts';
import { bodyOf, largestReplyTo, imagesOf } from './txt2img.ts';
import { lookAtSettings } from '../server-settings.ts';
import type { ServerSettings } from '../server-settings.ts';
import { sharedError } from '../company/witness.ts';
import type { ImageWatch, Witness } from '../company/witness.ts';
import { duration } from '../../../shared/duration.ts';

export interface GenerateOptions {
  /** See `bodyOf`. */
  readonly isSaved?: boolean;
  readonly taskId: string;
  readonly decorate: (body: MergedBody) => MergedBody;
  readonly model: ExpectedModel;
  readonly stallSeconds: number;
  readonly pollSeconds: number;
  readonly onProgress: RenderJob['onProgress'];
  /** Where other people's jobs matter: the watch over this image, and what is done when one was seen. */
  readonly witness?: Witness | undefined;
  readonly onStranger?: (error: WebuiError) => void;
  /** The reply has come, and the server is still the process that it was; these settings stand there now. */
  readonly onAnswered?: (settings: ServerSettings) => void;
  /** Told which jobs of others were seen to wait. */
  readonly onCompany?: (ids: readonly string[]) => void;
}

/**
 * The checked images of one request. When it returns, the server is free, and is still the process it was.
 * @throws the signal's reason, or a WebuiError; the server's work on an unanswered request has then been stopped
 */
export async function generate(
  client: Client,
  attachment: Pick<Attachment, 'appId' | 'schedulers'>,
  request: ImageRequest,
  options: GenerateOptions,
  signal: AbortSignal,
): Promise<readonly Image[]> {
  const { taskId, decorate, model, isSaved, stallSeconds, pollSeconds, onProgress, witness } = options;
  const body = decorate(bodyOf(request, taskId, isSaved));
  const eye = witness?.watch();
  const waiting = followAbort(signal);
  const watch = followAbort(signal);
  let stalled = false;
  const watching = watchProgress(
    client,
    {
      requestId: request.id,
      onProgress,
      onStall: () => {
        stalled = true;
        waiting.abort();
      },
      stallSeconds,
      intervalSeconds: pollSeconds,
      task: eye && taskOf(taskId, eye),
    },
    watch.signal,
  );
  const start = awakeTime();
  try {
    const reply = await client.post('/sdapi/v1/txt2img', body, txt2imgReplySchema, waiting.signal, {
      patience: 'long',
      largest: largestReplyTo(request),
    });
    const seconds = (awakeTime() - start) / 1000;
    watch.abort();
    const [after, settings] = await Promise.all([
      assertSameProcess(client, attachment.appId, request, signal),
      lookAtSettings(client, signal),
    ]);
    options.onAnswered?.(settings);
    const began = beganIn(reply.info);
    if (eye !== undefined) options.onCompany?.(eye.waiting);
    const isAlone = witness === undefined || eye === undefined || witness.accepts(eye, began, after);
    assertUninterrupted(client, after, request, eye?.wasStopped(began));
    if (!isAlone) {
      witness.note(after);
      options.onStranger?.(sharedError(client, `around "${request.id}"`));
    }
    const expected = { address: client.address, model, schedulers: attachment.schedulers, sent: body };
    return imagesOf(request, reply, expected, seconds);
  } catch (error) {
    const failure = stalled && !signal.aborted ? stallError(client, request, stallSeconds) : error;
    if (signal.aborted || isTimeout(failure)) await stopTask(client, taskId);
    throw isConnectionLoss(failure) ? lossDuring(client, request, failure) : failure;
  } finally {
    watch.abort();
    await watching;
    waiting.release();
    watch.release();
  }
}

/** Must run before the next job starts, which would wipe out the sign of an interruption. */
async function assertSameProcess(
  client: Client,
  appId: string | null,
  request: ImageRequest,
  signal: AbortSignal,
): Promise<ServerProgress> {
  const [progress, id] = await Promise.all([readProgress(client, signal), readAppId(client, signal)]);
  if (id === appId) return progress;
  throw webuiError(
    'webui-lost',
    `The WebUI at ${client.address} was restarted before "${request.id}" was done, so its merge was lost; the image is not used.`,
  );
}

/**
 * The reply is the same with and without an interruption. Interrupt and Skip leave a flag until the next job begins, Skip only when it ended the
 * last image of the request.
 */
function assertUninterrupted(
  client: Client,
  { state }: ServerProgress,
  request: ImageRequest,
  wasSeen = false,
): void {
  if (!state.interrupted && state.skipped !== true && !wasSeen) return;
  throw webuiError(
    'webui-interrupted',
    `Somebody interrupted "${request.id}" at ${client.address}, so its image is unfinished and not used; leave the WebUI alone until the run ends.`,
  );
}

function taskOf(id: string, eye: ImageWatch): WatchedTask {
  return {
    id,
    get isOurs() {
      return eye.isOurs;
    },
    sawTask: (progress) => eye.sawTask(progress),
    sawProgress: (progress) => eye.sawProgress(progress),
    sawWaiting: (ids) => eye.sawWaiting(ids),
  };
}

/** An `info` that cannot be read is a matter of the images. */
function beganIn(info: string): string | null {
  return generationInfoSchema.safeParse(parseJson(info)).data?.job_timestamp ?? null;
}

/**
 * The server goes on for a client that has gone away. A task that still waits in the queue is left alone: an interrupt
 * would hit the job of whoever is running.
 */
async function stopTask(client: Client, taskId: string): Promise<void> {
  const signal = AbortSignal.timeout(STOP_MS);
  const once = { retry: false };
  try {
    const isWaiting = await client
      .get('/internal/pending-tasks', pendingTasksSchema, signal, once)
      .then(({ tasks }) => tasks.includes(taskId))
      .catch(async (error: unknown) => {
        // With --nowebui there is no list; a server that works then works for us, as far as anybody can tell.
        if (!(error instanceof WebuiError) || error.status !== 404) throw error;
        return (await readProgress(client, signal)).state.job_count === 0;
      });
    if (isWaiting) return;
    await client.post('/sdapi/v1/interrupt', undefined, ignoredSchema, signal);
  } catch {
    // A courtesy to the server; the failure that led here is what gets reported.
  }
}

function stallError(client: Client, request: ImageRequest, seconds: number): WebuiError {
  return webuiError(
    'webui-timeout',
    `The WebUI at ${client.address} showed no progress on "${request.id}" for ${duration(seconds)}; check whether it is hung.`,
  );
}

/** A server that was there and refuses or lacks its API is being restarted. */
function lossDuring(client: Client, request: ImageRequest, cause: WebuiError): WebuiError {
  if (cause.code === 'webui-lost') return cause;
  return webuiError(
    'webui-lost',
    `The WebUI at ${client.address} went away during "${request.id}"; check that it is still running.`,
    { cause },
  );
}

function isTimeout(error: unknown): boolean {
  return error instanceof WebuiError && error.code === 'webui-timeout';
}

const STOP_MS = 5000;
