/**
 * What can go wrong with a WebUI, as one family with stable codes. Every member starts as a `run` error; what is found
 * before a run has begun is turned into a `usage` error by {@link asFoundBeforeRun}, for then the person at the
 * keyboard can still act.
 */
import { AutombwError } from '../../shared/errors.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';
import type { ErrorKind, Retry } from '../../shared/errors.ts';
import { TOO_BUSY } from '../../shared/http/http-reply.ts';

/** What a failure of a code is like, unless whoever finds it knows better. */
interface WebuiFailure {
  readonly retry: Retry;
  /** When it comes again at once it will come at every image. Default false. */
  readonly endsRun?: boolean;
  /** The connection or the server's process is gone, and with it what was merged in memory. Default false. */
  readonly isLoss?: boolean;
  /** The merge in the server's memory is as it was, although it is to be set up again. Default false. */
  readonly isHarmless?: boolean;
  /** Only the reply was lost or spoiled on its way: the same may be asked again. Default false. */
  readonly isSpoiled?: boolean;
  /** Before a run, the person at the keyboard can put it right. Default false. */
  readonly isUsage?: boolean;
}

const FAILURES = {
  /** Nothing listens there. */
  'webui-refused': { retry: 'rearm', isLoss: true, isUsage: true },
  /** The connection broke, or the server was restarted: whatever was merged in memory is gone. */
  'webui-lost': { retry: 'rearm', isLoss: true, isSpoiled: true },
  /** No answer, or no sign of work, for too long. */
  'webui-timeout': { retry: 'rearm' },
  'webui-auth': { retry: 'image', endsRun: true, isUsage: true },
  /** Something answers, but no WebUI; during a run it is mostly one that is starting again. */
  'webui-not-a-webui': { retry: 'rearm', isUsage: true },
  /** A WebUI without `--api`, or one that is still starting. */
  'webui-api-disabled': { retry: 'rearm', isLoss: true, isUsage: true },
  'webui-out-of-memory': { retry: 'rearm' },
  /** 4xx: the request is wrong, and will be wrong again. */
  'webui-rejected': { retry: 'never' },
  /** 5xx: an exception inside the server. */
  'webui-server-error': { retry: 'rearm' },
  /** The reply is no JSON, or has another shape than it should. */
  'webui-bad-reply': { retry: 'rearm', isSpoiled: true },
  /** The reply is well formed and answers something else than was asked; see also {@link MODEL_FIELD}. */
  'webui-wrong-reply': { retry: 'never' },
  /** Somebody pressed Interrupt. */
  'webui-interrupted': { retry: 'rearm', isHarmless: true },
  /** Other people's jobs would not end. */
  'webui-busy': { retry: 'rearm', isHarmless: true },
  /** Other people's jobs came between ours, so that what is merged in memory is in doubt. */
  'webui-shared': { retry: 'never', endsRun: true },
  /** The way that the run began with is no longer there: the server was started again without its extension. */
  'webui-extension-gone': { retry: 'rearm' },
  /** A model of another family was selected, and the extension writes into a UNet that nobody uses. */
  'webui-unet-replaced': { retry: 'rearm' },
  'webui-model-unknown': { retry: 'never', isUsage: true },
  'webui-model-ambiguous': { retry: 'never', isUsage: true },
  'webui-same-model': { retry: 'never', isUsage: true },
  'webui-model-not-loaded': { retry: 'rearm', isUsage: true },
  'webui-merge-refused': { retry: 'rearm' },
  'webui-merge-way-missing': { retry: 'never', isUsage: true },
} as const satisfies Partial<Readonly<Record<ErrorCode, WebuiFailure>>>;

export type WebuiErrorCode = keyof typeof FAILURES;

function usual(code: WebuiErrorCode): WebuiFailure {
  return FAILURES[code];
}

/** What a failure has struck: a request, or one image of it. */
export interface StruckImage {
  /** `ImageRequest.id`. */
  readonly request: string;
  /** Position within the request, from 0; absent = all of them, as where a server makes a request as a whole. */
  readonly index?: number | undefined;
}

export interface WebuiErrorDetails {
  /** HTTP status, where there was a reply. */
  readonly status?: number | undefined;
  /** The field of a `webui-wrong-reply`. */
  readonly field?: string | undefined;
  /** Where the server failed at this one; absent where it failed at more, or before it came to any. */
  readonly image?: StruckImage | undefined;
  /** As usual for the code unless given. */
  readonly retry?: Retry | undefined;
  /** When it comes again at once it will come at every image: the run ends. As usual for the code unless given. */
  readonly endsRun?: boolean | undefined;
  /** The server asks not to be asked again before. */
  readonly retryAfterSeconds?: number | undefined;
  /** The image has been asked for as often as it may be: it has failed. Default false. */
  readonly givenUp?: boolean | undefined;
  readonly cause?: unknown;
}

export class WebuiError extends AutombwError {
  override readonly code: WebuiErrorCode;
  readonly status: number | undefined;
  readonly field: string | undefined;
  readonly image: StruckImage | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly givenUp: boolean;

  constructor(code: WebuiErrorCode, kind: ErrorKind, message: string, details: WebuiErrorDetails = {}) {
    super(code, kind, message, {
      ...(details.cause === undefined ? {} : { cause: details.cause }),
      retry: details.retry ?? (isOtherModel(code, details.field) ? 'rearm' : usual(code).retry),
      endsRun: details.endsRun ?? usual(code).endsRun,
    });
    this.code = code;
    this.status = details.status;
    this.field = details.field;
    this.image = details.image;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.givenUp = details.givenUp ?? false;
  }

  /** The reply was made by another checkpoint than the one that was asked. */
  get isOtherModel(): boolean {
    return isOtherModel(this.code, this.field);
  }

  /** The same failure with something about it that only its discoverer knows. */
  with(
    change: Pick<WebuiErrorDetails, 'image' | 'retry' | 'endsRun' | 'givenUp'> & {
      readonly message?: string;
    },
  ): WebuiError {
    const { code, kind, status, field, image, retry, endsRun, retryAfterSeconds, givenUp } = this;
    const { message = this.message, ...rest } = change;
    const details = {
      status,
      field,
      image,
      retry,
      endsRun,
      retryAfterSeconds,
      givenUp,
      ...rest,
      cause: this,
    };
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
  return error instanceof WebuiError && usual(error.code).isLoss === true;
}

/** Can the merge in the server's memory no longer be trusted after this failure of a generation? */
export function leavesDoubt(error: unknown): boolean {
  return error instanceof WebuiError && error.retry === 'rearm' && usual(error.code).isHarmless !== true;
}

/**
 * Was only the reply lost or spoiled on its way, or refused by something in front of the server? Then the same may be asked
 * again; where a merge lies in the server's memory, provided that its process is still the one that holds it.
 */
export function isSpoiledReply(error: unknown): boolean {
  // Something that is missing stays so.
  if (!(error instanceof WebuiError) || error.status === 404) return false;
  return usual(error.code).isSpoiled === true || PASSING.has(error.status ?? 0);
}

/** Did the server, or something in front of it, ask to be left alone for now? It is as it was. */
export function isPutOff({ status }: WebuiError): boolean {
  return status === 429 || status === 503;
}

/** The same failure, met before the run: a usage error where the person at the keyboard can act, else unchanged. */
export function asFoundBeforeRun(error: unknown): unknown {
  if (!(error instanceof WebuiError) || usual(error.code).isUsage !== true) return error;
  const { code, message, status, field } = error;
  return new WebuiError(code, 'usage', message, { status, field, cause: error });
}

/** Selecting A again can cure that one mismatch. */
function isOtherModel(code: WebuiErrorCode, field: string | undefined): boolean {
  return code === 'webui-wrong-reply' && field === MODEL_FIELD;
}

/** Statuses of proxies and of servers that are busy. */
const PASSING: ReadonlySet<number> = new Set([...TOO_BUSY, 502, 503, 504]);
