/**
 * Entry of the process that computes the tiny world. ONNX Runtime blocks the thread that it computes on; the simulated
 * server has to answer meanwhile.
 */
import type { InferenceSession, OnnxValue } from 'onnxruntime-node';
import { messageOf } from '../../../shared/errors.ts';
import { answerParent, RUNTIME_PACKAGE } from '../../../shared/onnx-runtime/child-frame.ts';
import { loadRuntime, type Runtime } from '../../../shared/onnx-runtime/load.ts';
import {
  KEPT_WEIGHTS,
  requestSchema,
  type Feeds,
  type GraphEnd,
  type GraphName,
  type Output,
  type Reply,
  type Request,
} from './protocol.ts';

type Tensors = Readonly<Record<string, OnnxValue>>;

interface Graph {
  readonly session: InferenceSession;
  /** By number, the oldest first. */
  readonly weights: Map<number, Tensors>;
}

let runtime: Runtime | undefined;
const graphs = new Map<GraphName, Graph>();

answerParent(requestSchema, answer);

async function answer(request: Request): Promise<Reply> {
  const { id, kind } = request;
  try {
    if (request.kind === 'load') return await load(request);
    if (request.kind === 'run') return await run(request);
    keep(request);
    return { id, kind: 'kept' };
  } catch (error) {
    return { id, kind: 'failed', at: kind, message: messageOf(error) };
  }
}

async function load({ id, files }: Extract<Request, { kind: 'load' }>): Promise<Reply> {
  const loaded = await loadRuntime(RUNTIME_PACKAGE);
  if ('at' in loaded) return { id, kind: 'failed', ...loaded };
  runtime = loaded;
  const open = async (graph: GraphName): Promise<GraphEnd[]> => {
    // Threads that spin while they wait take the cores from the graph that works.
    const extra = { session: { intra_op: { allow_spinning: '0' } } };
    const options = { executionProviders: ['cpu'], logSeverityLevel: 3, extra } as const;
    const session = await loaded.InferenceSession.create(files[graph], options);
    graphs.set(graph, { session, weights: new Map() });
    return session.inputMetadata.map(toEnd);
  };
  const inputs = { text: await open('text'), unet: await open('unet'), vae: await open('vae') };
  return { id, kind: 'loaded', inputs };
}

function keep({ graph, weights, feeds }: Extract<Request, { kind: 'keep' }>): void {
  const kept = graphOf(graph).weights;
  kept.set(weights, toTensors(feeds));
  for (const number of [...kept.keys()].slice(0, -KEPT_WEIGHTS)) kept.delete(number);
}

async function run({ id, graph, weights, feeds }: Extract<Request, { kind: 'run' }>): Promise<Reply> {
  const { session, weights: kept } = graphOf(graph);
  const tensors = kept.get(weights);
  if (tensors === undefined) throw new Error(`no weights ${weights} for the graph ${graph}`);
  const results = await session.run({ ...toTensors(feeds), ...tensors });
  const outputs = Object.entries(results).map(([name, { dims, data }]): [string, Output] => {
    if (!(data instanceof Float32Array)) throw new Error(`the output ${name} of ${graph} is not float32`);
    return [name, { dims: [...dims], data: new Float32Array(data) }];
  });
  return { id, kind: 'ran', outputs: Object.fromEntries(outputs) };
}

function graphOf(name: GraphName): Graph {
  const graph = graphs.get(name);
  if (graph === undefined) throw new Error(`the graph ${name} is not loaded`);
  return graph;
}

function toTensors(feeds: Feeds): Tensors {
  if (runtime === undefined) throw new Error('the runtime is not loaded');
  const { Tensor } = runtime;
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { data, dims }]) => [
      name,
      data instanceof BigInt64Array ? new Tensor('int64', data, dims) : new Tensor('float32', data, dims),
    ]),
  );
}

function toEnd(metadata: InferenceSession.ValueMetadata): GraphEnd {
  return { name: metadata.name, shape: metadata.isTensor ? [...metadata.shape] : [] };
}
