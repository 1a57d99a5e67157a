/** What ComfyUI says when it refuses a prompt or fails at one, as members of the error family. */
import { parseJson } from '../../shared/parse-json.ts';
import { WebuiError, isPutOff, webuiError } from '../http/errors.ts';
import type { WebuiErrorCode, WebuiErrorDetails } from '../http/errors.ts';
import type { Call } from '../http/failures.ts';
import { refusalSchema } from './schemas.ts';
import type { ExecutionError, NodeErrors } from './schemas.ts';

/** A failure at nodes of the prompt; whoever knows what they work for knows which image it was. */
export class NodeFailure extends WebuiError {
  /** Their ids. */
  readonly nodes: readonly string[];

  constructor(
    code: WebuiErrorCode,
    message: string,
    nodes: readonly string[],
    details: WebuiErrorDetails = {},
  ) {
    super(code, 'run', message, details);
    this.nodes = nodes;
  }
}

/** A refused prompt; undefined when the body is not ComfyUI's own. */
export function refusalOf(call: Call, status: number, text: string): WebuiError | undefined {
  const parsed = refusalSchema.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { error, node_errors: nodeErrors } = parsed.data;
  if (Object.keys(nodeErrors).length > 0) return nodeErrorsOf(call.address, nodeErrors, status);
  const details = error.details === '' || error.details === error.message ? '' : ` (${error.details})`;
  return webuiError(
    'webui-rejected',
    `ComfyUI at ${call.address} refused the prompt: ${shorten(error.message)}${details}`,
    { status, cause: parsed.data },
  );
}

/** Also for a reply of status 200, which ComfyUI gives when only some of the outputs are refused. */
export function nodeErrorsOf(address: string, nodeErrors: NodeErrors, status = 200): WebuiError {
  const problems = Object.entries(nodeErrors).flatMap(([id, node]) =>
    node.errors.map((error) => {
      const input = error.extra_info.input_name;
      return {
        isModel: error.type === 'value_not_in_list' && (input === 'ckpt_name' || input === 'unet_name'),
        received: error.extra_info.received_value,
        text: `node ${id} (${node.class_type})${input === undefined ? '' : `, ${input}`}: ${sentenceOf(error)}`,
      };
    }),
  );
  const model = problems.find(({ isModel }) => isModel);
  if (model !== undefined) {
    return webuiError(
      'webui-model-unknown',
      `ComfyUI at ${address} no longer has the checkpoint "${String(model.received)}"; put the file back.`,
      { status },
    );
  }
  const shown = problems.slice(0, 3).map(({ text }) => text);
  const more = problems.length > 3 ? ` and ${problems.length - 3} more problems` : '';
  const nodes = Object.keys(nodeErrors);
  return new NodeFailure(
    'webui-rejected',
    `ComfyUI at ${address} refused ${shown.join('; ')}${more}.`,
    nodes,
    {
      status,
    },
  );
}

/** The prompt stopped at a node. */
export function executionErrorOf(address: string, error: ExecutionError): WebuiError {
  const { node_id: id, node_type: type, exception_type: kind } = error;
  const said = `${kind}: ${shorten(error.exception_message)}`;
  const where = `ComfyUI at ${address} failed at node ${id} (${type})`;
  if (isOutOfMemory(error)) {
    return webuiError(
      'webui-out-of-memory',
      `ComfyUI at ${address} ran out of memory at node ${id} (${type}, "${said}"); use smaller images, or free the graphics card.`,
    );
  }
  if (/\b(clip input|VAE) is invalid: None/i.test(error.exception_message)) {
    const part = /VAE is invalid/i.test(error.exception_message) ? 'VAE' : 'text encoder';
    return webuiError(
      'webui-rejected',
      `${where}: model A does not contain a ${part}; use a complete checkpoint as model A.`,
    );
  }
  if (/CheckpointLoader/.test(type)) {
    return webuiError(
      'webui-model-not-loaded',
      `ComfyUI at ${address} could not load model ${id === 'b' ? 'B' : 'A'} ("${said}"); the file may be damaged, or memory may be short.`,
    );
  }
  return new NodeFailure('webui-server-error', `${where} with "${said}"; see its console for details.`, [id]);
}

export function interruptedError(address: string): WebuiError {
  return webuiError(
    'webui-interrupted',
    `Somebody interrupted the prompt at ${address}, so its remaining images were not made; leave ComfyUI alone until the run ends.`,
  );
}

export function lostError(address: string): WebuiError {
  return webuiError(
    'webui-lost',
    `ComfyUI at ${address} no longer knows the prompt: it was restarted, or somebody cleared its queue or history; check that it is still running.`,
  );
}

/** A server that was there and refuses is being restarted. */
export function lossOf(address: string, error: unknown): unknown {
  if (!(error instanceof WebuiError) || error.code !== 'webui-refused') return error;
  return webuiError(
    'webui-lost',
    `ComfyUI at ${address} went away during the prompt; check that it is still running.`,
    { cause: error },
  );
}

/** It still has what it has made: the same prompt again costs no image as long as its memory is not cleared. */
export function asPostponed(error: unknown): unknown {
  const isPostponed = error instanceof WebuiError && error.retry === 'rearm' && isPutOff(error);
  return isPostponed ? error.with({ retry: 'image' }) : error;
}

/** Where ComfyUI was before, something else that answers is a proxy or a start that has not got far, and passes. */
export function asPassing(error: unknown): unknown {
  if (error instanceof WebuiError && error.code === 'webui-model-unknown')
    return error.with({ retry: 'rearm' });
  if (!(error instanceof WebuiError) || error.code !== 'webui-not-a-webui') return error;
  return webuiError('webui-lost', error.message, { cause: error });
}

function isOutOfMemory({ exception_type: type, exception_message: message }: ExecutionError): boolean {
  return /OutOfMemory|MemoryError$/.test(type) || OUT_OF_MEMORY.test(message);
}

/** In the words of CUDA, ROCm, Metal, DirectML, the CPU's allocators on Linux and Windows, and ComfyUI's own. */
const OUT_OF_MEMORY =
  /out of memory|(?:can(?:'|no)t|could not|failed to) allocate|not enough (?:GPU )?(?:video )?memory|exceed allowed memory|memory allocation failed|ALLOC_FAILED|ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation|paging file is too small/i;

function sentenceOf({ message, details, extra_info: info }: NodeErrors[string]['errors'][number]): string {
  // The details often only repeat the name of the input.
  const more = details === '' || details === info.input_name ? '' : ` (${details})`;
  return shorten(`${message}${more}`);
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
