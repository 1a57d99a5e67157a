/** From what went wrong on the way or the server answers to a member of the error family: each one clear sentence. */
import { messageOf } from '../../shared/errors.ts';
import { placeOf, TOO_BUSY } from '../../shared/http/http-reply.ts';
import { lostConnection } from '../../shared/http/lost-connection.ts';
import { secondsOfRetryAfter } from '../../shared/http/retry-after.ts';
import type { ReplyHeaders } from '../../shared/http/transport.ts';
import { parseJson } from '../../shared/parse-json.ts';
import { webuiError } from './errors.ts';
import type { WebuiError } from './errors.ts';
import { errorBodySchema, validationDetailSchema } from './schemas.ts';
import { duration } from '../../shared/duration.ts';

/** One request, as messages show it. */
export interface Call {
  /** Address without credentials. */
  readonly address: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
}

/** How messages speak of a server of another family than AUTOMATIC1111's. */
export interface Wording {
  /** `the WebUI`, as in "see whether the WebUI is still running". */
  readonly program: string;
  /** What to do when nothing listens, as in "start the WebUI with --api". */
  readonly start: string;
  /** A status other than 2xx in the family's own words; undefined = the common ones do. */
  explainStatus?(call: Call, status: number, text: string): WebuiError | undefined;
}

const WEBUI_WORDING: Wording = { program: 'the WebUI', start: 'start the WebUI with --api' };

/** No reply, or half a reply. */
export function failureOfTransport(
  call: Call,
  thrown: unknown,
  { program, start }: Wording = WEBUI_WORDING,
): WebuiError {
  const { how, code } = lostConnection(thrown);
  const details = { cause: thrown };
  if (how === 'silent') {
    return webuiError(
      'webui-lost',
      `${call.address} started answering ${call.method} ${call.path} and then stalled; check whether ${program} is hung, and for a proxy or tunnel between it and this machine.`,
      details,
    );
  }
  if (how === 'untrusted') {
    return webuiError(
      'webui-refused',
      `The certificate of ${call.address} is not accepted (${code}): check that it is valid for that name and today; for your own certificate authority, set NODE_EXTRA_CA_CERTS=FILE.pem in the environment.`,
      details,
    );
  }
  if (how === 'never-connected') {
    return webuiError(
      'webui-refused',
      code === 'ENOTFOUND'
        ? `Nothing answers at ${call.address} (ENOTFOUND: no computer has that name); correct the address.`
        : `Nothing answers at ${call.address} (${code}); ${start}, or correct the address.`,
      details,
    );
  }
  return webuiError(
    'webui-lost',
    `The connection to ${call.address} broke during ${call.method} ${call.path} (${code ?? messageOf(thrown)}); check that ${program} is still running.`,
    details,
  );
}

export function failureOfPatience(
  call: Call,
  seconds: number,
  { program }: Wording = WEBUI_WORDING,
): WebuiError {
  return webuiError(
    'webui-timeout',
    `${call.address} did not answer ${call.method} ${call.path} within ${duration(seconds)}; check whether ${program} is hung, or allow it more time.`,
  );
}

/** A status other than 2xx. */
export function failureOfStatus(
  call: Call,
  status: number,
  text: string,
  wording: Wording = WEBUI_WORDING,
  headers: ReplyHeaders = {},
): WebuiError {
  const special = wording.explainStatus?.(call, status, text);
  if (special !== undefined) return special;
  const body = parseJson(text);
  const reason = messageOfErrorBody(body);
  const said = reason === '' ? 'without giving a reason' : `with "${shorten(reason)}"`;
  const retryAfterSeconds = secondsOfRetryAfter(headers['retry-after'], headers['date']);
  const details = { status, retryAfterSeconds };
  if (status === 401 || status === 403) {
    return webuiError('webui-auth', authSentence(call, status, reason), details);
  }
  if (status === 404 && /^\/(sdapi|internal)\//.test(call.path)) {
    return webuiError(
      'webui-api-disabled',
      `${call.address} has no ${call.path}; the WebUI is still starting, runs without --api, or is too old.`,
      { ...details, endsRun: true },
    );
  }
  if (status >= 300 && status < 400) {
    return webuiError(
      'webui-not-a-webui',
      `${call.address} redirects ${call.path} (status ${status}) to ${placeOf(headers['location'], call.address)}; use that address, or log in to the proxy in front of the WebUI.`,
      { ...details, retry: 'image', endsRun: true },
    );
  }
  if (TOO_BUSY.has(status)) {
    const wait = retryAfterSeconds === undefined ? 'later' : `in ${duration(Math.ceil(retryAfterSeconds))}`;
    return webuiError(
      'webui-busy',
      `${call.address} refused ${call.method} ${call.path} for now (status ${status}, ${said}) and asks to retry ${wait}.`,
      details,
    );
  }
  // Newer servers wrap every class into a group, so that any part of the text may say it.
  if (status >= 500 && isOutOfMemory(`${reason} ${text}`)) {
    return webuiError(
      'webui-out-of-memory',
      `${call.address} ran out of memory during ${call.path} ("${shorten(isOutOfMemory(reason) ? reason : text)}"); use smaller images or batches, or free the graphics card.`,
      details,
    );
  }
  return status >= 500
    ? webuiError(
        'webui-server-error',
        `${call.address} answered ${call.method} ${call.path} with status ${status}, ${said}; see its console for details.`,
        details,
      )
    : webuiError(
        'webui-rejected',
        `${call.address} rejected ${call.method} ${call.path} with status ${status}, ${said}.`,
        // Even what a WebUI always has is missing while something else answers at its address, as during a start.
        status === 404 ? { ...details, retry: 'rearm', endsRun: true } : details,
      );
}

/** Status 200 and the wrong content. */
export function failureOfContent(
  call: Call,
  what: string,
  cause?: unknown,
  { program }: Wording = WEBUI_WORDING,
): WebuiError {
  return webuiError(
    'webui-bad-reply',
    `${call.address} answered ${call.method} ${call.path} with something ${program === WEBUI_WORDING.program ? 'a WebUI' : program} would not send: ${what}.`,
    { cause },
  );
}

/** A reply that is larger than it can be. */
export function failureOfSize(call: Call, limit: number, { program }: Wording = WEBUI_WORDING): WebuiError {
  return webuiError(
    'webui-bad-reply',
    `${call.address} answered ${call.method} ${withoutQuery(call.path)} with more than ${Math.round(limit / 1e6)} MB, so the reply was abandoned; check that ${program} itself answers there.`,
  );
}

/** Status 200 and packed, although nobody asked for that. */
export function failureOfPacking(call: Call, encoding: string): WebuiError {
  return webuiError(
    'webui-bad-reply',
    `${call.address} answered ${call.method} ${withoutQuery(call.path)} in the encoding "${encoding.slice(0, 40)}", which was not requested; check for a proxy or tunnel between it and this machine.`,
  );
}

/** Status 200 and no JSON: it was lost, cut or replaced on its way. */
export function spoiltReply(call: Call, text: string, wording: Wording = WEBUI_WORDING): WebuiError {
  const said = `${call.address} answered ${call.method} ${call.path}`;
  const advice = 'check for a proxy or tunnel between it and this machine';
  if (text.trim() === '') return webuiError('webui-bad-reply', `${said} with an empty reply; ${advice}.`);
  if (/^\s*[{[]/.test(text)) {
    return webuiError(
      'webui-bad-reply',
      `${said} with a reply that breaks off after ${Buffer.byteLength(text)} bytes or is damaged; ${advice}.`,
    );
  }
  const start = text.slice(0, 60).replaceAll(/[\p{Cc}\s]+/gu, ' ');
  return failureOfContent(call, `"${start}", which is not JSON`, undefined, wording);
}

/**
 * The reason in an error reply. Bodies come in five shapes (pydantic's list, the API's own, any Python exception,
 * gradio's `{"error": null}`, starlette's `{"detail": …}`); empty when the body holds none.
 */
export function messageOfErrorBody(body: unknown): string {
  const parsed = errorBodySchema.safeParse(body);
  if (!parsed.success) return '';
  const { detail, message, errors = message, error } = parsed.data;
  const list = validationDetailSchema.safeParse(detail);
  if (list.success) {
    return list.data.map(({ loc, msg }) => `${loc.slice(1).join('.') || 'body'}: ${msg}`).join('; ');
  }
  if (typeof detail === 'string' && detail !== '') return detail;
  if (typeof errors === 'string' && errors !== '') {
    return typeof error === 'string' && error !== '' ? `${error}: ${errors}` : errors;
  }
  return typeof error === 'string' ? error : '';
}

function withoutQuery(path: string): string {
  return path.replace(/\?.*$/, '');
}

function authSentence(call: Call, status: number, reason: string): string {
  const [flag, option] = call.path.startsWith('/sdapi/')
    ? ['--api-auth', '--webui-auth']
    : ['--gradio-auth', '--gradio-auth'];
  return `${call.address} requires a login for ${call.path} (status ${status}${reason === '' ? '' : `, "${shorten(reason)}"`}); give the user and password that the WebUI was started with (its ${flag}) as ${option} user:password.`;
}

function isOutOfMemory(reason: string): boolean {
  return /OutOfMemory|out of memory|ALLOC_FAILED|(?:can't|cannot|failed to|unable to) allocate|not enough memory|MemoryError/i.test(
    reason,
  );
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
