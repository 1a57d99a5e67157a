/** One output node and all that it hangs on, looked at before anything runs. */
import type { InputInfo, NodeInfo, ObjectInfo } from '../object-info.ts';
import { PythonError } from '../python.ts';
import { convertValue, inputExtra } from './convert-value.ts';
import { nodeIssue } from './issues.ts';
import type { NodeIssue } from './issues.ts';
import { parentsOf } from './prompt.ts';
import type { Prompt } from './prompt.ts';

/** Remembers what it has seen: chains share most of their nodes. */
export class NodeValidator {
  readonly #prompt: Prompt;
  readonly #info: ObjectInfo;
  readonly #verdicts = new Map<string, boolean>();
  /** What is wrong with a node itself, by node id. */
  readonly issues = new Map<string, readonly NodeIssue[]>();
  /** Values after conversion, by node id and input. */
  readonly converted = new Map<string, Readonly<Record<string, unknown>>>();

  constructor(prompt: Prompt, info: ObjectInfo) {
    this.#prompt = prompt;
    this.#info = info;
  }

  /** Can this output run? What its own inputs raise is told in the manner of the recorded inner exceptions. */
  isValidOutput(id: string): boolean {
    try {
      return this.#isValid(id);
    } catch (error) {
      if (!(error instanceof PythonError)) throw error;
      const extra = { exception_type: error.type, traceback: TRACEBACK };
      this.#refuse(id, [
        nodeIssue('exception_during_validation', 'Exception when validating node', error.message, extra),
      ]);
      return false;
    }
  }

  /** The output itself and its ancestors that have issues of their own. */
  guiltyOf(output: string): string[] {
    const seen = new Set<string>();
    const open = [output];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      const node = this.#prompt[id];
      if (seen.has(id) || node === undefined) continue;
      seen.add(id);
      open.push(...parentsOf(node));
    }
    return Object.keys(this.#prompt).filter((id) => seen.has(id) && this.issues.has(id));
  }

  #isValid(id: string): boolean {
    const known = this.#verdicts.get(id);
    if (known !== undefined) return known;
    // A circle counts as valid here and fails when it runs.
    this.#verdicts.set(id, true);
    const node = this.#prompt[id];
    if (node === undefined) throw new PythonError('KeyError', `'${id}'`);
    const info = infoOf(this.#info, node.class_type);

    const issues: NodeIssue[] = [];
    const values: Record<string, unknown> = { ...node.inputs };
    let areParentsValid = true;
    for (const [name, input] of inputsOf(info)) {
      const value = node.inputs[name];
      if (!(name in node.inputs)) {
        if (!(name in info.input.required)) continue;
        const extra = { input_name: name };
        issues.push(nodeIssue('required_input_missing', 'Required input is missing', name, extra));
      } else if (Array.isArray(value)) {
        const link = this.#checkLink(name, value, info);
        issues.push(...link.issues);
        areParentsValid &&= link.isParentValid;
      } else {
        const converted = convertValue(name, input, value);
        issues.push(...converted.issues);
        values[name] = converted.value;
      }
    }
    this.converted.set(id, values);
    if (issues.length > 0) this.#refuse(id, issues);
    this.#verdicts.set(id, issues.length === 0 && areParentsValid);
    return issues.length === 0 && areParentsValid;
  }

  #checkLink(
    name: string,
    link: readonly unknown[],
    info: NodeInfo,
  ): { issues: NodeIssue[]; isParentValid: boolean } {
    const input = new Map(inputsOf(info)).get(name) ?? ['*'];
    const extra = inputExtra(name, input);
    if (link.length !== 2) {
      const message = 'Bad linked input, must be a length-2 list of [node_id, slot_index]';
      const issue = nodeIssue('bad_linked_input', message, name, { ...extra, received_value: link });
      return { issues: [issue], isParentValid: true };
    }
    const from = String(link[0]);
    const parent = this.#prompt[from];
    if (parent === undefined) throw new PythonError('KeyError', `'${from}'`);
    const received = infoOf(this.#info, parent.class_type).output[Number(link[1])];
    if (received === undefined) throw new PythonError('IndexError', 'tuple index out of range');
    if (received !== input[0]) {
      const details = `${name}, received_type(${received}) mismatch input_type(${String(input[0])})`;
      const message = 'Return type mismatch between linked nodes';
      const issue = nodeIssue('return_type_mismatch', message, details, {
        ...extra,
        received_type: received,
        linked_node: link,
      });
      return { issues: [issue], isParentValid: true };
    }
    return { issues: [], isParentValid: this.#isValidParent(from, extra, link) };
  }

  /** An exception is caught one node further down, and laid at the door of the parent. */
  #isValidParent(from: string, extra: Readonly<Record<string, unknown>>, link: readonly unknown[]): boolean {
    try {
      return this.#isValid(from);
    } catch (error) {
      if (!(error instanceof PythonError)) throw error;
      this.#refuse(from, [
        nodeIssue(
          'exception_during_inner_validation',
          'Exception when validating inner node',
          error.message,
          {
            ...extra,
            exception_message: error.message,
            exception_type: error.type,
            traceback: TRACEBACK,
            linked_node: link,
          },
        ),
      ]);
      return false;
    }
  }

  #refuse(id: string, issues: readonly NodeIssue[]): void {
    this.issues.set(id, issues);
    this.#verdicts.set(id, false);
  }
}

const TRACEBACK = ['  File "/opt/ComfyUI/execution.py", in validate_inputs\n'];

function inputsOf({ input: { required, optional = {} } }: NodeInfo): [string, InputInfo][] {
  return [...Object.entries(required), ...Object.entries(optional)];
}

function infoOf(all: ObjectInfo, className: string): NodeInfo {
  const info = all.get(className);
  if (info === undefined) throw new PythonError('KeyError', `'${className}'`);
  return info;
}
