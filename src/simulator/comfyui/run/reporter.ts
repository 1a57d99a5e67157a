/** What the clients hear of a running prompt. */
import type { Clients } from '../websocket/clients.ts';

interface NodeProgress {
  value: number;
  max: number;
  state: 'running' | 'finished';
}

export class Reporter {
  readonly #clients: Clients;
  readonly #promptId: string;
  /** Null: nobody is told of results, and everybody of progress. */
  readonly #clientId: string | null;
  readonly #progress = new Map<string, NodeProgress>();
  readonly messages: (readonly [type: string, data: object])[] = [];

  constructor(clients: Clients, promptId: string, clientId: string | null) {
    this.#clients = clients;
    this.#promptId = promptId;
    this.#clientId = clientId;
  }

  /** A message that also stands in the history. */
  note(type: string, before: object = {}, after: object = {}): void {
    const data = { ...before, prompt_id: this.#promptId, ...after, timestamp: Date.now() };
    this.messages.push([type, data]);
    this.#tell(type, data);
  }

  begin(node: string): void {
    this.#setProgress(node, { value: 0, max: 1, state: 'running' });
    this.#tell('executing', { node, display_node: node, prompt_id: this.#promptId });
  }

  step(node: string, value: number, max: number): void {
    this.#setProgress(node, { value, max, state: 'running' });
    this.#share('progress', { value, max, prompt_id: this.#promptId, node });
  }

  executed(node: string, output: object): void {
    this.#tell('executed', { node, display_node: node, output, prompt_id: this.#promptId });
  }

  finish(node: string): void {
    const max = this.#progress.get(node)?.max ?? 1;
    this.#setProgress(node, { value: max, max, state: 'finished' });
  }

  /** Sent when the history is written. */
  end(): void {
    this.#tell('executing', { node: null, prompt_id: this.#promptId });
  }

  /** An image with its place in the batch. Who takes metadata gets it before the progress, others after. */
  image(node: string, index: number, count: number, png: Buffer): void {
    const progress = { value: index, max: count, prompt_id: this.#promptId, node };
    const isEarly = this.#clientId !== null && this.#clients.wantsMetadata(this.#clientId);
    this.#setProgress(node, { value: index, max: count, state: 'running' });
    if (isEarly) this.#sendPng(node, png);
    this.#share('progress', progress);
    if (!isEarly) this.#sendPng(node, png);
  }

  /** Cuts the socket of the prompt's client. */
  drop(): void {
    if (this.#clientId !== null) this.#clients.cut(this.#clientId);
  }

  #sendPng(node: string, png: Buffer): void {
    if (this.#clientId === null) return;
    const metadata = { node_id: node, prompt_id: this.#promptId, display_node_id: node };
    this.#clients.sendPng(this.#clientId, png, { ...metadata, parent_node_id: null, real_node_id: node });
  }

  #setProgress(node: string, progress: NodeProgress): void {
    this.#progress.set(node, progress);
    const nodes = [...this.#progress].map(([id, { value, max, state }]) => [
      id,
      {
        value,
        max,
        state,
        node_id: id,
        prompt_id: this.#promptId,
        display_node_id: id,
        parent_node_id: null,
        real_node_id: id,
      },
    ]);
    this.#share('progress_state', { prompt_id: this.#promptId, nodes: Object.fromEntries(nodes) });
  }

  #tell(type: string, data: object): void {
    if (this.#clientId !== null) this.#clients.tell(this.#clientId, type, data);
  }

  #share(type: string, data: object): void {
    if (this.#clientId === null) this.#clients.tellAll(type, data);
    else this.#clients.tell(this.#clientId, type, data);
  }
}
