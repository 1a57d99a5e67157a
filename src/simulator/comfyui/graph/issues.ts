/** The forms in which the server refuses a graph. */

/** One thing wrong with one input of a node. */
export interface NodeIssue {
  readonly type: string;
  readonly message: string;
  readonly details: string;
  readonly extra_info: Readonly<Record<string, unknown>>;
}

export interface NodeErrors {
  readonly errors: readonly NodeIssue[];
  /** Output nodes that cannot run because of it. */
  readonly dependent_outputs: string[];
  readonly class_type: string;
}

/** The whole prompt is refused: status 400. */
export interface PromptError {
  readonly type: string;
  readonly message: string;
  readonly details: string;
  readonly extra_info: Readonly<Record<string, unknown>>;
}

export function promptError(type: string, message: string, details = ''): PromptError {
  return { type, message, details, extra_info: {} };
}

export function nodeIssue(
  type: string,
  message: string,
  details: string,
  extra: Readonly<Record<string, unknown>>,
): NodeIssue {
  return { type, message, details, extra_info: extra };
}
