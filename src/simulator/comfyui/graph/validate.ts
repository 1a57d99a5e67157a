/** What `POST /prompt` thinks of a graph: refused whole, accepted in part, or accepted. */
import { isObject } from '../json.ts';
import type { ObjectInfo } from '../object-info.ts';
import { InternalServerError } from '../python.ts';
import { promptError } from './issues.ts';
import type { NodeErrors, PromptError } from './issues.ts';
import type { Prompt, PromptNode } from './prompt.ts';
import { NodeValidator } from './validate-node.ts';

export interface Verdict {
  /** Null: it is queued, although {@link nodeErrors} may name outputs that never come. */
  readonly error: PromptError | null;
  readonly nodeErrors: Readonly<Record<string, NodeErrors>>;
  /** Output nodes that will run. */
  readonly outputs: readonly string[];
  /** With converted values. */
  readonly prompt: Prompt;
}

/**
 * @param targets output nodes that are wanted; null = all
 * @throws InternalServerError for what is no object of nodes: the editor's own format, say
 */
export function validatePrompt(
  given: unknown,
  info: ObjectInfo,
  targets: readonly unknown[] | null,
): Verdict {
  if (!isObject(given)) throw new InternalServerError();
  const nodes: Record<string, PromptNode> = {};
  const outputs: string[] = [];
  for (const [id, node] of Object.entries(given)) {
    if (!isObject(node)) throw new InternalServerError();
    const { class_type: className, inputs } = node;
    if (typeof className !== 'string') {
      const message = 'Cannot execute because a node is missing the class_type property.';
      return refused(promptError('invalid_prompt', message, `Node ID '#${id}'`));
    }
    const known = info.get(className);
    if (known === undefined) {
      const message = `Cannot execute because node ${className} does not exist.`;
      return refused(promptError('invalid_prompt', message, `Node ID '#${id}'`));
    }
    nodes[id] = { class_type: className, inputs: isObject(inputs) ? inputs : {} };
    if (known.output_node && (targets === null || targets.includes(id))) outputs.push(id);
  }
  if (outputs.length === 0) return refused(promptError('prompt_no_outputs', 'Prompt has no outputs'));
  return validateOutputs(nodes, info, outputs);
}

function validateOutputs(nodes: Prompt, info: ObjectInfo, outputs: readonly string[]): Verdict {
  const validator = new NodeValidator(nodes, info);
  const good = outputs.filter((id) => validator.isValidOutput(id));
  const nodeErrors: Record<string, NodeErrors> = {};
  for (const output of outputs) {
    if (good.includes(output)) continue;
    for (const id of validator.guiltyOf(output)) {
      const errors = (nodeErrors[id] ??= {
        errors: validator.issues.get(id) ?? [],
        dependent_outputs: [],
        class_type: nodes[id]?.class_type ?? '',
      });
      errors.dependent_outputs.push(output);
    }
  }
  if (good.length === 0) {
    const error = promptError('prompt_outputs_failed_validation', 'Prompt outputs failed validation');
    return refused(error, nodeErrors);
  }
  const prompt = Object.fromEntries(
    Object.entries(nodes).map(([id, node]) => [
      id,
      { ...node, inputs: validator.converted.get(id) ?? node.inputs },
    ]),
  );
  return { error: null, nodeErrors, outputs: good, prompt };
}

function refused(error: PromptError, nodeErrors: Readonly<Record<string, NodeErrors>> = {}): Verdict {
  return { error, nodeErrors, outputs: [], prompt: {} };
}
