/**
 * Entry of a process that holds one graph. ONNX Runtime blocks the thread that it computes on and keeps its memory until the
 * process ends: here it may do both.
 */
import type { InferenceSession, OnnxValue } from 'onnxruntime-node';
import { messageOf } from '../../shared/errors.ts';
import { answerParent, RUNTIME_PACKAGE } from '../../shared/onnx-runtime/child-frame.ts';
import { loadRuntime, type Runtime } from '../../shared/onnx-runtime/load.ts';
import { fromHalf, toHalf } from './head-files/halves.ts';
import { requestSchema, type Feed, type GraphEnd, type Reply, type Request } from './protocol.ts';

type Session = { readonly runtime: Runtime; readonly session: InferenceSession };

let session: Session | undefined;

answerParent(requestSchema, answer);

async function answer(request: Request): Promise<Reply> {
  const { id, kind } = request;
  try {
    if (kind === 'run') return await run(request);
    const runtime = await loadRuntime(RUNTIME_PACKAGE);
    if ('at' in runtime) return { id, kind: 'failed', ...runtime };
    session = { runtime, session: await openGraph(runtime, request.file) };
    const { inputMetadata, outputMetadata } = session.session;
    return { id, kind: 'loaded', inputs: inputMetadata.map(toEnd), outputs: outputMetadata.map(toEnd) };
  } catch (error) {
    return { id, kind: 'failed', at: kind, message: messageOf(error) };
  }
}

async function openGraph({ InferenceSession }: Runtime, file: string): Promise<InferenceSession> {
  return InferenceSession.create(file, { executionProviders: ['cpu'], logSeverityLevel: 3 });
}

async function run({ id, feeds, output }: Extract<Request, { kind: 'run' }>): Promise<Reply> {
  if (session === undefined) throw new Error('no graph is loaded');
  const { runtime, session: graph } = session;
  const types = new Map(
    graph.inputMetadata.map((input) => toEnd(input)).map(({ name, type }) => [name, type]),
  );
  const tensors = Object.entries(feeds).map(
    ([name, feed]) => [name, toTensor(runtime, feed, types.get(name))] as const,
  );
  const results = await graph.run(Object.fromEntries(tensors), [output]);
  const result = results[output];
  if (result === undefined) throw new Error(`the graph gave no ${output}`);
  return { id, kind: 'ran', dims: [...result.dims], data: toFloats(result) };
}

function toTensor({ Tensor }: Runtime, { data, dims }: Feed, type = 'float32'): OnnxValue {
  switch (type) {
    case 'float32':
      return new Tensor('float32', new Float32Array(data), dims);
    case 'float16':
      return new Tensor('float16', Uint16Array.from(data, toHalf), dims);
    case 'int64':
      return new Tensor('int64', BigInt64Array.from(data, BigInt), dims);
    case 'int32':
      return new Tensor('int32', Int32Array.from(data), dims);
    default:
      throw new Error(`an input of the graph takes ${type}, which autombw does not support`);
  }
}

function toFloats({ data, type }: OnnxValue): Float32Array<ArrayBuffer> {
  if (data instanceof Float32Array) return new Float32Array(data);
  if (type === 'float16' && data instanceof Uint16Array) return Float32Array.from(data, fromHalf);
  // Node 24 has an array of its own for halves; 64-bit integers come as BigInt.
  if (ArrayBuffer.isView(data) && Symbol.iterator in data) return Float32Array.from<unknown>(data, Number);
  throw new Error(`the output of the graph is ${type}, not numbers`);
}

function toEnd(metadata: InferenceSession.ValueMetadata): GraphEnd {
  if (!metadata.isTensor) return { name: metadata.name, type: 'not a tensor', shape: [] };
  return { name: metadata.name, type: metadata.type, shape: [...metadata.shape] };
}
