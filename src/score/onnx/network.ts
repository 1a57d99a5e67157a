import { usageError } from '../../shared/errors.ts';
import type { Tensor, Tensors } from './head-files/tensor.ts';
import type { Step } from './manifest.ts';

interface Layer {
  /** Rows of `inputs` weights, one per output. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  readonly inputs: number;
  readonly outputs: number;
}

/** A factor and an offset for each number. */
interface Scale {
  readonly factors: Float64Array;
  readonly offsets: Float64Array;
}

type ReadyStep =
  | { readonly layer: Layer }
  | { readonly scale: Scale }
  | { readonly each: (x: number) => number }
  | { readonly residual: readonly ReadyStep[] };

export interface Network {
  /** Numbers that it takes. */
  readonly width: number;
  readonly apply: (vector: Float32Array) => number;
}

/**
 * A small network that ends in one number. Linear layers with nothing between them are multiplied out once, and batch
 * normalisations beside one go into it: a chain of five becomes one dot product.
 * @throws usage error `onnx-weights`: a tensor is missing, or does not fit to the one before
 */
export function network(steps: readonly Step[], tensors: Tensors, file: string): Network {
  const ready = collapse(
    steps.map((step) => readyStep(step, tensors, file)),
    file,
  );
  const first = ready.find((step) => 'layer' in step);
  const last = ready.findLast((step) => 'layer' in step);
  if (first === undefined || last?.layer.outputs !== 1) {
    throw weightsError(file, `its layers end in ${last?.layer.outputs ?? 'no'} numbers instead of one`);
  }
  return {
    width: first.layer.inputs,
    apply: (vector) => run(ready, Float64Array.from(vector))[0] ?? NaN,
  };
}

function readyStep(step: Step, tensors: Tensors, file: string): ReadyStep {
  if (step === 'relu') return { each: (x) => Math.max(0, x) };
  if (step === 'sigmoid') return { each: (x) => 1 / (1 + Math.exp(-x)) };
  if (step === 'tanh') return { each: Math.tanh };
  if ('linear' in step) return { layer: readLayer(step.linear, tensors, file) };
  if ('residual' in step) {
    const inner = step.residual.map((part) => readyStep(part, tensors, file));
    return { residual: collapse(inner, file) };
  }
  if ('batchNorm' in step) return { scale: readBatchNorm(step, tensors, file) };
  if ('clamp' in step) {
    const [low, high] = step.clamp;
    return { each: (x) => Math.min(high, Math.max(low, x)) };
  }
  if ('leakyRelu' in step) return { each: (x) => (x < 0 ? step.leakyRelu * x : x) };
  const [factor, offset] = step.affine;
  return { each: (x) => factor * x + offset };
}

function readLayer(name: string, tensors: Tensors, file: string): Layer {
  const { shape, data } = tensorOf(name, 'weight', tensors, file);
  const bias = tensorOf(name, 'bias', tensors, file);
  const [outputs = 0, inputs = 0] = shape;
  if (shape.length !== 2 || bias.data.length !== outputs) {
    throw weightsError(
      file,
      `layer ${name} has weights of ${shape.join(' × ')} and a bias of ${bias.data.length}`,
    );
  }
  return { weights: Float64Array.from(data), bias: Float64Array.from(bias.data), inputs, outputs };
}

/** As it was trained, it subtracts the mean and divides by the deviation; what PyTorch adds to the variance is `epsilon`. */
function readBatchNorm(
  { batchNorm: name, epsilon = 1e-5 }: Extract<Step, { batchNorm: string }>,
  tensors: Tensors,
  file: string,
): Scale {
  const part = (of: string): Float32Array => tensorOf(name, of, tensors, file).data;
  const [weight, bias, mean, variance] = [
    part('weight'),
    part('bias'),
    part('running_mean'),
    part('running_var'),
  ];
  if ([bias, mean, variance].some(({ length }) => length !== weight.length)) {
    throw weightsError(file, `the batch normalisation ${name} has tensors of different lengths`);
  }
  const factors = Float64Array.from(weight, (w, i) => w / Math.sqrt((variance[i] ?? NaN) + epsilon));
  const offsets = factors.map((factor, i) => (bias[i] ?? NaN) - factor * (mean[i] ?? NaN));
  return { factors, offsets };
}

function tensorOf(name: string, part: string, tensors: Tensors, file: string): Tensor {
  const key = name === '' ? part : `${name}.${part}`;
  const found = tensors.get(key);
  if (found !== undefined) return found;
  throw weightsError(file, `it has no ${key}, only ${[...tensors.keys()].slice(0, 12).join(', ')}`);
}

function collapse(steps: readonly ReadyStep[], file: string): ReadyStep[] {
  const result: ReadyStep[] = [];
  for (const step of steps) {
    const before = result.at(-1);
    if ('layer' in step && before !== undefined && 'layer' in before) {
      result[result.length - 1] = { layer: product(before.layer, step.layer, file) };
    } else if ('scale' in step && before !== undefined && 'layer' in before) {
      result[result.length - 1] = { layer: scaledAfter(before.layer, step.scale, file) };
    } else if ('layer' in step && before !== undefined && 'scale' in before) {
      result[result.length - 1] = { layer: scaledBefore(before.scale, step.layer, file) };
    } else {
      result.push(step);
    }
  }
  return result;
}

/** `second` after `first` as one layer. */
function product(first: Layer, second: Layer, file: string): Layer {
  if (first.outputs !== second.inputs) {
    throw weightsError(
      file,
      `a layer gives ${first.outputs} numbers and the next one takes ${second.inputs}`,
    );
  }
  const { inputs } = first;
  const { outputs } = second;
  const weights = new Float64Array(inputs * outputs);
  const bias = Float64Array.from(second.bias);
  for (let row = 0; row < outputs; row++) {
    const target = weights.subarray(row * inputs, (row + 1) * inputs);
    for (let k = 0; k < second.inputs; k++) {
      const factor = second.weights[row * second.inputs + k] ?? 0;
      const source = first.weights.subarray(k * inputs, (k + 1) * inputs);
      for (let j = 0; j < inputs; j++) target[j] = (target[j] ?? 0) + factor * (source[j] ?? 0);
      bias[row] = (bias[row] ?? 0) + factor * (first.bias[k] ?? 0);
    }
  }
  return { weights, bias, inputs, outputs };
}

/** A layer that does what the scale did to its outputs. */
function scaledAfter(layer: Layer, { factors, offsets }: Scale, file: string): Layer {
  checkScale(layer.outputs, factors, file);
  const weights = layer.weights.map((weight, i) => weight * (factors[Math.floor(i / layer.inputs)] ?? NaN));
  const bias = layer.bias.map((value, row) => value * (factors[row] ?? NaN) + (offsets[row] ?? NaN));
  return { ...layer, weights, bias };
}

/** A layer that does what the scale did to its inputs. */
function scaledBefore({ factors, offsets }: Scale, layer: Layer, file: string): Layer {
  checkScale(layer.inputs, factors, file);
  const weights = layer.weights.map((weight, i) => weight * (factors[i % layer.inputs] ?? NaN));
  return { ...layer, weights, bias: applied(layer, offsets) };
}

function checkScale(numbers: number, { length }: Float64Array, file: string): void {
  if (numbers === length) return;
  throw weightsError(file, `a batch normalisation of ${length} numbers is next to a layer of ${numbers}`);
}

function run(steps: readonly ReadyStep[], input: Float64Array): Float64Array {
  let vector = input;
  for (const step of steps) {
    if ('layer' in step) vector = applied(step.layer, vector);
    else if ('each' in step) vector = vector.map(step.each);
    else if ('scale' in step) vector = scaled(step.scale, vector);
    else vector = run(step.residual, vector).map((value, i) => value + (vector[i] ?? NaN));
  }
  return vector;
}

function scaled({ factors, offsets }: Scale, vector: Float64Array): Float64Array {
  return vector.map((value, i) => value * (factors[i] ?? NaN) + (offsets[i] ?? NaN));
}

function applied({ weights, bias, inputs }: Layer, vector: Float64Array): Float64Array {
  return bias.map((start, row) => {
    let sum = start;
    for (let j = 0; j < inputs; j++) sum += (weights[row * inputs + j] ?? 0) * (vector[j] ?? NaN);
    return sum;
  });
}

function weightsError(file: string, what: string): Error {
  return usageError(
    'onnx-weights',
    `The weights ${file} do not fit the scorer: ${what}. Use the file the scorer names, or fix the layers in the manifest.`,
  );
}
