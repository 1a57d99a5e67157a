/** One prompt from its first message to its last. */
import { setImmediate as breathe } from 'node:timers/promises';
import { messageOf } from '../../../shared/errors.ts';
import type { Prompt } from '../graph/prompt.ts';
import { linkOf } from '../graph/prompt.ts';
import { isObject } from '../json.ts';
import type { Machine } from '../machine.ts';
import { NodeInputs } from '../nodes/node-inputs.ts';
import type { NodeResult, NodeTools } from '../nodes/node.ts';
import { nodeClass } from '../nodes/registry.ts';
import type { NodeValue } from '../nodes/values.ts';
import { PythonError, pythonRepr } from '../python.ts';
import { ExecutionList } from './execution-list.ts';
import type { Generation } from './generation.ts';
import type { Outcome, Ui } from './history.ts';
import type { NodeCache, Signatures } from './node-cache.ts';
import type { QueuedPrompt } from './prompt-queue.ts';
import type { Reporter } from './reporter.ts';
import { checkStop, Interrupted } from './stop.ts';
import type { Stop } from './stop.ts';
import { createController } from '../../../shared/abort/create-controller.ts';

export interface RunContext {
  readonly machine: Machine;
  readonly cache: NodeCache;
  readonly reporter: Reporter;
  readonly generation: Generation;
  readonly stop: Stop;
  readonly tempLetters: (node: string) => string;
  /** Told of each node as it starts. */
  readonly onNode: (node: string) => void;
}

/** @throws ProcessEnded when the server goes down meanwhile */
export async function runPrompt(entry: QueuedPrompt, context: RunContext): Promise<Outcome> {
  const { cache, reporter } = context;
  const run = new PromptRun(entry, context);
  reporter.note('execution_start');
  const cached = Object.keys(entry.prompt).filter((id) => cache.get(run.signatures.get(id)) !== undefined);
  reporter.note('execution_cached', { nodes: cached });
  const isSuccess = await run.all();
  if (isSuccess) reporter.note('execution_success');
  return { isSuccess, outputs: run.outputs, messages: reporter.messages };
}

class PromptRun {
  readonly #entry: QueuedPrompt;
  readonly #context: RunContext;
  readonly #executed: string[] = [];
  readonly signatures: Signatures;
  readonly outputs = new Map<string, Ui>();
  #inputs: NodeInputs | undefined;

  constructor(entry: QueuedPrompt, context: RunContext) {
    this.#entry = entry;
    this.#context = context;
    this.signatures = context.cache.begin(entry.prompt);
  }

  /** False when it failed or was interrupted; the rest is then left. */
  async all(): Promise<boolean> {
    const { prompt, outputs } = this.#entry;
    const list = new ExecutionList(prompt, outputs, (id) => this.#cached(id) !== undefined);
    while (!list.isEmpty) {
      const id = list.next();
      try {
        // HTTP requests are answered between nodes.
        await breathe();
        checkStop(this.#context.stop);
        if (id === undefined) throw new PythonError('DependencyCycleError', 'Dependency cycle detected');
        await this.#one(id);
        list.finish(id);
      } catch (error) {
        this.#fail(id ?? outputs[0] ?? '', error);
        return false;
      }
    }
    return true;
  }

  async #one(id: string): Promise<void> {
    const { reporter, cache, onNode } = this.#context;
    const cached = this.#cached(id);
    const node = this.#entry.prompt[id];
    if (cached === undefined) {
      reporter.begin(id);
      onNode(id);
    }
    this.#inputs = node === undefined ? undefined : inputsOf(node.inputs, (from) => this.#cached(from));
    const result = cached ?? (await this.#run(id));
    if (result.ui !== undefined) {
      reporter.executed(id, result.ui);
      this.outputs.set(id, result.ui);
    }
    if (cached === undefined) {
      cache.set(this.signatures.get(id), result);
      this.#executed.push(id);
    }
    reporter.finish(id);
  }

  async #run(id: string): Promise<NodeResult> {
    const { prompt, extraData } = this.#entry;
    const { machine, reporter, generation, tempLetters } = this.#context;
    const { folders, loras, axis, world, mergeNodes } = machine.settings;
    const node = nodeClass(prompt[id]?.class_type ?? '', mergeNodes);
    if (node === undefined || this.#inputs === undefined) throw new PythonError('KeyError', pythonRepr(id));
    const tools: NodeTools = {
      folders,
      loras,
      axis,
      world,
      prompt,
      files: machine.files,
      lastImages: machine.images,
      pngInfo: isObject(extraData['extra_pnginfo']) ? extraData['extra_pnginfo'] : {},
      tempLetters: () => tempLetters(id),
      beginGeneration: (unet) => generation.begin(unet),
      sample: (steps, images, onStep) => generation.sample({ node: id, steps, images, onStep }),
      sendImage: (index, count, png) => {
        reporter.image(id, index, count, png);
      },
      noteMetadata: (file, metadata) => {
        machine.metadata.set(file, metadata);
      },
    };
    return await node.run(this.#inputs, tools);
  }

  #fail(id: string, error: unknown): void {
    const { reporter, stop } = this.#context;
    // The process may have ended anywhere, also inside a timer.
    checkStop({ ...stop, interruption: createController() });
    const about = {
      node_id: id,
      node_type: this.#entry.prompt[id]?.class_type ?? '',
      executed: this.#executed,
    };
    if (error instanceof Interrupted) {
      reporter.note('execution_interrupted', {}, about);
      return;
    }
    const type = error instanceof PythonError ? error.type : 'RuntimeError';
    reporter.note(
      'execution_error',
      {},
      {
        ...about,
        exception_message: `${messageOf(error)}\n`,
        exception_type: type,
        traceback: ['  File "/opt/ComfyUI/execution.py", line 496, in execute\n    …\n'],
        current_inputs: this.#inputs?.described() ?? {},
        current_outputs: Object.keys(this.#entry.prompt),
      },
    );
  }

  #cached(id: string): NodeResult | undefined {
    return this.#context.cache.get(this.signatures.get(id));
  }
}

function inputsOf(
  inputs: Prompt[string]['inputs'],
  resultOf: (id: string) => NodeResult | undefined,
): NodeInputs {
  const links = new Map<string, NodeValue>();
  const plain = new Map<string, unknown>();
  for (const [name, value] of Object.entries(inputs)) {
    const link = linkOf(value);
    if (link === undefined) plain.set(name, value);
    else links.set(name, resultOf(link.from)?.values[link.slot] ?? null);
  }
  return new NodeInputs(links, plain);
}
