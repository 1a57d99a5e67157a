/** The shapes in which this server says no. */

/** Thrown anywhere below a route; becomes the reply. */
export class ReplyFailure extends Error {
  override readonly name = 'ReplyFailure';
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(JSON.stringify(body));
    this.status = status;
    this.body = body;
  }
}

/** An exception of the Python code: its class in `error`, its text in `errors`. */
export function pythonError(type: string, text: string): ReplyFailure {
  return new ReplyFailure(500, { error: type, detail: '', body: '', errors: text });
}

/** The same of Forge, which has the text in `message`. */
export function forgeError(type: string, text: string): ReplyFailure {
  return new ReplyFailure(500, { error: type, detail: '', body: '', message: text });
}

/** An HTTPException that the API raises on purpose. */
export function httpException(status: number, detail: string): ReplyFailure {
  return new ReplyFailure(status, { error: 'HTTPException', detail, body: '', errors: '' });
}

export interface BodyIssue {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

/** The body was refused before any code saw it. */
export function unprocessable(...issues: readonly BodyIssue[]): ReplyFailure {
  return new ReplyFailure(422, { detail: issues });
}

/** An exception inside a gradio event: no message at all. */
export function eventFailure(): ReplyFailure {
  return new ReplyFailure(500, { error: null });
}

/** Python's `repr` of a text, as it stands in messages. */
export function repr(text: string): string {
  return text.includes("'") && !text.includes('"')
    ? `"${text}"`
    : `'${text.replaceAll("'", String.raw`\'`)}'`;
}

/** What newer servers make of any exception inside: neither its class nor its text is left. */
export function inExceptionGroup({ status, body }: ReplyFailure): ReplyFailure {
  if (status !== 500 || !hasErrors(body)) return new ReplyFailure(status, body);
  return pythonError('ExceptionGroup', 'unhandled errors in a TaskGroup (1 sub-exception)');
}

/** Those of gradio's events have none. */
function hasErrors(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'errors' in body;
}
