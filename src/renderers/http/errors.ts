/**
 * What can go wrong with a WebUI, as one family with stable codes. Every member starts as a `run` error; what is found
 * before a run has begun is turned into a `usage` error by {@link asFoundBeforeRun}, for then the person at the
 * keyboard can still act.
 */
import { AutombwError } from '../../errors.ts';
import type { ErrorKind } from '../../errors.ts';

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
  readonly status?: number;
  /** The field of a `webui-wrong-reply`. */
  readonly field?: string;
  readonly cause?: unknown;
}

export class WebuiError extends AutombwError {
  override readonly code: WebuiErrorCode;
  readonly status: number | undefined;
  readonly field: string | undefined;

  constructor(code: WebuiErrorCode, kind: ErrorKind, message: string, details: WebuiErrorDetails = {}) {
    super(code, kind, message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.field = details.field;
  }
}

export function webuiError(code: WebuiErrorCode, message: string, details?: WebuiErrorDetails): WebuiError {
  return new WebuiError(code, 'run', message, details);
}

/** Is it worth doing the same trial again? True for what passes by itself or is cured by selecting and merging anew. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof WebuiError)) return false;
  return TRANSIENT.has(error.code) || (error.code === 'webui-wrong-reply' && error.field === MODEL_FIELD);
}

/** The field name of a reply made by another checkpoint: the one mismatch that selecting A again can cure. */
export const MODEL_FIELD = 'model';

/** The connection or the server process is gone: what was merged in memory must be taken for lost. */
export function isConnectionLoss(error: unknown): error is WebuiError {
  return error instanceof WebuiError && LOST.has(error.code);
}

/** Can the merge in the server's memory still be trusted after this failure of a generation? */
export function leavesDoubt(error: unknown): boolean {
  return isTransient(error) && !(error instanceof WebuiError && HARMLESS.has(error.code));
}

/** The same failure, met before the run: a usage error where the person at the keyboard can act, else unchanged. */
export function asFoundBeforeRun(error: unknown): unknown {
  if (!(error instanceof WebuiError) || !USAGE_BEFORE_RUN.has(error.code)) return error;
  return new WebuiError(error.code, 'usage', error.message, {
    ...(error.status === undefined ? {} : { status: error.status }),
    ...(error.field === undefined ? {} : { field: error.field }),
    cause: error,
  });
}

const TRANSIENT: ReadonlySet<WebuiErrorCode> = new Set<WebuiErrorCode>([
  'webui-refused',
  'webui-lost',
  'webui-timeout',
  // During a run only a server that is starting again lacks its API.
  'webui-api-disabled',
  'webui-out-of-memory',
  'webui-server-error',
  'webui-interrupted',
  'webui-busy',
  'webui-model-not-loaded',
  'webui-merge-refused',
  'webui-extension-gone',
  'webui-unet-replaced',
]);

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
