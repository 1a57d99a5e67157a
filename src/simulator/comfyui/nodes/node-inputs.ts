/** The inputs of a running node, links resolved. What validation lets through and Python stumbles over, stumbles here. */
import { PythonError, pythonTypeName } from '../python.ts';
import type {
  ClipValue,
  ConditioningValue,
  GuiderValue,
  ImageValue,
  LatentValue,
  ModelValue,
  NodeValue,
  NoiseValue,
  SamplerValue,
  SigmasValue,
  VaeValue,
} from './values.ts';
import { describeValue } from './values.ts';

type Kinds = {
  MODEL: ModelValue;
  CLIP: ClipValue;
  VAE: VaeValue;
  CONDITIONING: ConditioningValue;
  LATENT: LatentValue;
  IMAGE: ImageValue;
  GUIDER: GuiderValue;
  SAMPLER: SamplerValue;
  SIGMAS: SigmasValue;
  NOISE: NoiseValue;
};

export class NodeInputs {
  readonly #links: ReadonlyMap<string, NodeValue>;
  /** Those that are no links, in the order of the JSON. */
  readonly plain: ReadonlyMap<string, unknown>;

  constructor(links: ReadonlyMap<string, NodeValue>, plain: ReadonlyMap<string, unknown>) {
    this.#links = links;
    this.plain = plain;
  }

  number(name: string): number {
    const value = this.plain.get(name);
    if (typeof value !== 'number') throw unusable(value);
    return value;
  }

  text(name: string): string {
    const value = this.plain.get(name);
    if (typeof value !== 'string') throw unusable(value);
    return value;
  }

  model(name: string): ModelValue {
    return this.#linked(name, 'MODEL');
  }
  /** @throws the RuntimeError of a checkpoint without text encoder */
  clip(name: string): ClipValue {
    if (this.#links.get(name) === null) {
      throw new PythonError(
        'RuntimeError',
        'ERROR: clip input is invalid: None\n\nIf the clip is from a checkpoint loader node your checkpoint does not contain a valid clip or text encoder model.',
      );
    }
    return this.#linked(name, 'CLIP');
  }
  /** @throws the RuntimeError of a checkpoint without VAE */
  vae(name: string): VaeValue {
    const vae = this.#linked(name, 'VAE');
    if (vae.tensors.size > 0) return vae;
    throw new PythonError(
      'RuntimeError',
      'ERROR: VAE is invalid: None\n\nIf the VAE is from a checkpoint loader node your checkpoint does not contain a valid VAE.',
    );
  }
  conditioning(name: string): ConditioningValue {
    return this.#linked(name, 'CONDITIONING');
  }
  latent(name: string): LatentValue {
    return this.#linked(name, 'LATENT');
  }
  image(name: string): ImageValue {
    return this.#linked(name, 'IMAGE');
  }
  guider(name: string): GuiderValue {
    return this.#linked(name, 'GUIDER');
  }
  sampler(name: string): SamplerValue {
    return this.#linked(name, 'SAMPLER');
  }
  sigmas(name: string): SigmasValue {
    return this.#linked(name, 'SIGMAS');
  }
  noise(name: string): NoiseValue {
    return this.#linked(name, 'NOISE');
  }

  /** As an error message shows them: each in a list. */
  described(): Record<string, readonly unknown[]> {
    return Object.fromEntries([
      ...[...this.#links].map(([name, value]) => [name, [describeValue(value)]] as const),
      ...[...this.plain].map(([name, value]) => [name, [value]] as const),
    ]);
  }

  #linked<K extends keyof Kinds>(name: string, kind: K): Kinds[K] {
    const value = this.#links.get(name);
    if (!isOf(value, kind)) throw unusable(value === undefined ? this.plain.get(name) : value);
    return value;
  }
}

function isOf<K extends keyof Kinds>(
  value: NodeValue | undefined,
  kind: K,
): value is Extract<NodeValue, Kinds[K]> {
  return value?.kind === kind;
}

function unusable(value: unknown): PythonError {
  return new PythonError(
    'AttributeError',
    `'${pythonTypeName(value)}' object cannot be used as an input here`,
  );
}
