/**
 * What can go wrong with a WebUI, as one family with stable codes. Every member starts as a `run` error; what is found
 * before a run has begun is turned into a `usage` error by {@link asFoundBeforeRun}, for then the person at the
 * keyboard can still act.
 */
import { AutombwError } from '../../shared/errors.ts';
import type { ErrorKind, Retry } from '../../shared/errors.ts';
import { TOO_BUSY } from '../../shared/http/http-reply.ts';

export type WebuiErrorCode =
  /** Nothing listens there. */
  | 'webui-refused'
  /** The connection broke, or the server was restarted: whatever was merged in memory is gone. */
  | 'webui-lost'
  /** No answer, or no sign of work, for too long. */
  | 'webui-timeout'
  | 'webui-auth'
  /** Something answers, but no WebUI. */
  | 'webui-not-a-webui'
  /** A WebUI without `--api`, or one that is still starting. */
  | 'webui-api-disabled'
  | 'webui-out-of-memory'
  /** 4xx: the request is wrong, and will be wrong again. */
  | 'webui-rejected'
  /** 5xx: an exception inside the server. */
  | 'webui-server-error'
  /** The reply is no JSON, or has another shape than it should. */
  | 'webui-bad-reply'
  /** The reply is well formed and answers something else than was asked. */
  | 'webui-wrong-reply'
  /** Somebody pressed Interrupt. */
  | 'webui-interrupted'
  /** Other people's jobs would not end. */
  | 'webui-busy'
  /** Other people's jobs came between ours, so that what is merged in memory is in doubt. */
  | 'webui-shared'
  /** The way that the run began with is no longer there: the server was started again without its extension. */
  | 'webui-extension-gone'
  /** A model of another family was selected, and the extension writes into a UNet that nobody uses. */
  | 'webui-unet-replaced'
  | 'webui-model-unknown'
  | 'webui-model-ambiguous'
  | 'webui-same-model'
  | 'webui-model-not-loaded'
  | 'webui-merge-refused'
  | 'webui-merge-way-missing';

export interface WebuiErrorDetails {
  /** HTTP status, where there was a reply. */
  readonly status?: number | undefined;
  /** The field of a `webui-wrong-reply`. */
  readonly field?: string | undefined;
  /** As usual for the code unless given. */
  readonly retry?: Retry | undefined;
  /** When it comes again at once it will come at every image: the run ends. As usual for the code unless given. */
  readonly endsRun?: boolean | undefined;
  /** The server asks not to be asked again before. */
  readonly retryAfterSeconds?: number | undefined;
  /** The image has been asked for as often as it may be: this iteration has failed. Default false. */
  readonly givenUp?: boolean | undefined;
  readonly cause?: unknown;
}

export class WebuiError extends AutombwError {
  override readonly code: WebuiErrorCode;
  readonly status: number | undefined;
  readonly field: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly givenUp: boolean;

  constructor(code: WebuiErrorCode, kind: ErrorKind, message: string, details: WebuiErrorDetails = {}) {
    super(code, kind, message, {
      ...(details.cause === undefined ? {} : { cause: details.cause }),
      retry: details.retry ?? usualRetry(code, details.field),
      endsRun: details.endsRun ?? (code === 'webui-auth' || code === 'webui-shared'),
    });
    this.code = code;
    this.status = details.status;
    this.field = details.field;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.givenUp = details.givenUp ?? false;
  }

  /** The same failure with something about it that only its discoverer knows. */
  with(
    change: Pick<WebuiErrorDetails, 'retry' | 'endsRun' | 'givenUp'> & { readonly message?: string },
  ): WebuiError {
    const { code, kind, status, field, retry, endsRun, retryAfterSeconds, givenUp } = this;
    const { message = this.message, ...rest } = change;
    const details = { status, field, retry, endsRun, retryAfterSeconds, givenUp, ...rest, cause: this };
    return new WebuiError(code, kind, message, details);
  }
}

export function webuiError(code: WebuiErrorCode, message: string, details?: WebuiErrorDetails): WebuiError {
  return new WebuiError(code, 'run', message, details);
}

/** Does it pass by itself, or is it cured by selecting and merging again? A login that is missing is not. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof WebuiError)) return false;
  return error.retry === 'rearm' || (error.retry === 'image' && !error.endsRun);
}

/** The field name of a reply made by another checkpoint: the one mismatch that selecting A again can cure. */
export const MODEL_FIELD = 'model';

/** The connection or the server process is gone: what was merged in memory must be taken for lost. */
export function isConnectionLoss(error: unknown): error is WebuiError {
  return error instanceof WebuiError && LOST.has(error.code);
}

/** Can the merge in the server's memory no longer be trusted after this failure of a generation? */
export function leavesDoubt(error: unknown): boolean {
  return error instanceof WebuiError && error.retry === 'rearm' && !HARMLESS.has(error.code);
}

/**
 * Was only the reply lost or spoiled on its way, or refused by something in front of the server? Then the same may be asked
 * again; where a merge lies in the server's memory, provided that its process is still the one that holds it.
 */
export function isSpoiledReply(error: unknown): boolean {
  // Something that is missing stays so.
  if (!(error instanceof WebuiError) || error.status === 404) return false;
  return error.code === 'webui-lost' || error.code === 'webui-bad-reply' || PASSING.has(error.status ?? 0);
}

/** The same failure, met before the run: a usage error where the person at the keyboard can act, else unchanged. */
export function asFoundBeforeRun(error: unknown): unknown {
  if (!(error instanceof WebuiError) || !USAGE_BEFORE_RUN.has(error.code)) return error;
  const { code, message, status, field } = error;
  return new WebuiError(code, 'usage', message, { status, field, cause: error });
}

function usualRetry(code: WebuiErrorCode, field: string | undefined): Retry {
  if (code === 'webui-wrong-reply') return field === MODEL_FIELD ? 'rearm' : 'never';
  if (code === 'webui-auth') return 'image';
  return TRANSIENT.has(code) ? 'rearm' : 'never';
}

const TRANSIENT: ReadonlySet<WebuiErrorCode> = new Set<WebuiErrorCode>([
  'webui-refused',
  'webui-lost',
  'webui-timeout',
  // During a run only a server that is starting again lacks its API, or everything.
  'webui-api-disabled',
  'webui-not-a-webui',
  'webui-bad-reply',
  'webui-out-of-memory',
  'webui-server-error',
  'webui-interrupted',
  'webui-busy',
  'webui-model-not-loaded',
  'webui-merge-refused',
  'webui-extension-gone',
  'webui-unet-replaced',
]);

/** Statuses of proxies and of servers that are busy. */
const PASSING: ReadonlySet<number> = new Set([...TOO_BUSY, 502, 503, 504]);

const HARMLESS: ReadonlySet<WebuiErrorCode> = new Set<WebuiErrorCode>(['webui-interrupted', 'webui-busy']);

const LOST: ReadonlySet<WebuiErrorCode> = new Set<WebuiErrorCode>([
  'webui-refused',
  'webui-lost',
  'webui-api-disabled',
]);

const USAGE_BEFORE_RUN: ReadonlySet<WebuiErrorCode> = new Set<WebuiErrorCode>([
  'webui-refused',
  'webui-auth',
  'webui-not-a-webui',
  'webui-api-disabled',
  'webui-model-unknown',
  'webui-model-ambiguous',
  'webui-same-model',
  'webui-model-not-loaded',
  'webui-merge-way-missing',
]);
