/** One batch on its way from noise to images: Euler's steps along the velocity that the UNet names, with guidance. */
import { hashText, mix } from '../../random.ts';
import type { Pixels } from '../../../types.ts';
import type { StateDict } from '../../models/state-dict.ts';
import type { PaintJob, SampleBatch, SampleJob, Sampling } from '../world.ts';
import type { Schedule } from './assets.ts';
import type { Graphs } from './graphs.ts';
import { noiseOf } from './noise.ts';
import type { Feeds, Output } from './protocol.ts';
import { drawnSize, fitted } from './sizes.ts';
import type { Size } from './sizes.ts';
import { tokensOf } from './tokens.ts';

export interface TinyParts {
  readonly graphs: Pick<Graphs, 'run'>;
  readonly schedule: Schedule;
  readonly vocabulary: ReadonlyMap<string, number>;
  /** Where the noise comes from; another place only in tests. */
  readonly noise?: typeof noiseOf;
}

/** More steps than this change nothing that could be seen. */
const MOST_STEPS = 10;
/** CFG scale of a usual request. */
const USUAL_CFG = 7;
/** Pixels of images that are computed at once: memory, not speed, asks for a bound. */
const PIXELS_AT_ONCE = 12 * 256 * 256;
/** Share of noise that a half-written model leaves. */
const DAMAGE = 0.6;

export class TinySampling implements Sampling {
  readonly #parts: TinyParts;
  readonly #batch: SampleBatch;
  readonly #drawn: Size;
  readonly #noise: readonly Float32Array[];
  /** Share of the way that lies behind before the first step: above 0 when it begins with an image. */
  readonly #from: number;
  readonly #texts = new Map<string, Promise<Texts>>();
  #latents: readonly Float32Array[];
  /** Steps that the server has taken, of those of the request. */
  #asked = 0;
  /** Steps of its own. */
  #done = 0;
  #images: Decoded | undefined;

  constructor(parts: TinyParts, batch: SampleBatch) {
    this.#parts = parts;
    this.#batch = batch;
    const [first] = batch.jobs;
    const { sizeMultiple, latentChannels, factor } = parts.schedule;
    this.#drawn = drawnSize(first ?? { width: sizeMultiple, height: sizeMultiple }, sizeMultiple);
    const count = (latentChannels * this.#drawn.width * this.#drawn.height) / factor ** 2;
    this.#noise = batch.jobs.map((job) => (parts.noise ?? noiseOf)(job, count));
    const { start } = batch;
    this.#from = start === undefined ? 0 : 1 - Math.min(1, Math.max(0, start.denoise));
    this.#latents = this.#noise.map((noise, i) => this.#startAt(noise, i));
  }

  /** As they are now, one for each image. */
  get latents(): readonly Float32Array[] {
    return this.#latents;
  }

  async step(unet: StateDict): Promise<void> {
    this.#asked++;
    const [first] = this.#batch.jobs;
    if (first === undefined) return;
    const own = Math.min(MOST_STEPS, first.steps);
    for (const target = Math.ceil((this.#asked * own) / first.steps); this.#done < target; this.#done++) {
      await this.#advance(unet, first, own);
    }
  }

  async paint(job: PaintJob, vae: StateDict): Promise<Pixels> {
    const image = job.damaged
      ? await this.#decode([this.#damaged(job.batch.index)], vae)
      : await this.#decoded(job.batch.index, vae);
    return fitted(pixelsOf(image, ditherOf(job)), job);
  }

  #damaged(index: number): Float32Array {
    const noise = this.#noise[index];
    return (this.#latents[index] ?? new Float32Array(0)).map(
      (value, i) => (1 - DAMAGE) * value + DAMAGE * (noise?.[i] ?? 0),
    );
  }

  /** One image of the batch. Its neighbours are decoded with it and kept: together they take half the time. */
  async #decoded(index: number, vae: StateDict): Promise<Output> {
    if (this.#images?.latents !== this.#latents || this.#images.vae !== vae) {
      this.#images = { latents: this.#latents, vae, groups: new Map() };
    }
    const { groups } = this.#images;
    const first = index - (index % this.#atOnce);
    const group = groups.get(first) ?? this.#decode(this.#latents.slice(first, first + this.#atOnce), vae);
    groups.set(first, group);
    const { dims, data } = await group;
    const length = data.length / (dims[0] ?? 1);
    const at = (index - first) * length;
    return { dims: [1, ...dims.slice(1)], data: data.subarray(at, at + length) };
  }

  async #decode(latents: readonly Float32Array[], vae: StateDict): Promise<Output> {
    const { graphs, schedule } = this.#parts;
    const data = joined(latents).map((value) => value / schedule.latentScale);
    const outputs = await graphs.run('vae', vae, { latent: { dims: this.#dims(latents.length), data } });
    return outputOf(outputs, 'picture');
  }

  /** What an image begins with: noise, or the latent of another sampling under noise. */
  #startAt(noise: Float32Array, index: number): Float32Array {
    if (this.#from === 0) return noise;
    const { sampling = null } = this.#batch.start ?? {};
    const before = sampling instanceof TinySampling ? sampling.#latentAt(index, this.#drawn) : undefined;
    return noise.map((value, i) => this.#from * (before?.[i] ?? 0) + (1 - this.#from) * value);
  }

  /** Of the nearest place, at another size. */
  #latentAt(index: number, size: Size): Float32Array {
    const { factor, latentChannels } = this.#parts.schedule;
    const latent = this.#latents[index] ?? new Float32Array(0);
    const [w, h] = [size.width / factor, size.height / factor];
    const [ownW, ownH] = [this.#drawn.width / factor, this.#drawn.height / factor];
    return Float32Array.from({ length: latentChannels * w * h }, (_, i) => {
      const [x, y, channel] = [i % w, Math.floor(i / w) % h, Math.floor(i / (w * h))];
      const [fromX, fromY] = [Math.floor((x * ownW) / w), Math.floor((y * ownH) / h)];
      return latent[(channel * ownH + fromY) * ownW + fromX] ?? 0;
    });
  }

  async #advance(unet: StateDict, { cfgScale }: SampleJob, steps: number): Promise<void> {
    const { schedule } = this.#parts;
    const guidance = guidanceOf(schedule, cfgScale);
    const length = (1 - this.#from) / steps;
    const time = this.#from + this.#done * length;
    const atOnce = this.#atOnce;
    const next: Float32Array[] = [];
    for (let begin = 0; begin < this.#latents.length; begin += atOnce) {
      const latents = this.#latents.slice(begin, begin + atOnce);
      const texts = await Promise.all(
        this.#batch.jobs.slice(begin, begin + atOnce).map((job) => this.#read(job)),
      );
      if (isPromptAlone(schedule, guidance)) {
        const rows = texts.map(({ towards }) => towards);
        const velocity = await this.#velocity(unet, latents, rows, time);
        next.push(
          ...latents.map((latent, i) =>
            latent.map((value, k) => value + length * (velocity[i * latent.length + k] ?? 0)),
          ),
        );
        continue;
      }
      const rows = [...texts.map(({ without }) => without), ...texts.map(({ towards }) => towards)];
      const velocity = await this.#velocity(unet, [...latents, ...latents], rows, time);
      next.push(
        ...latents.map((latent, i) => {
          const [without, towards] = [i, latents.length + i].map((row) => row * latent.length);
          return latent.map((value, k) => {
            const [u, c] = [velocity[(without ?? 0) + k] ?? 0, velocity[(towards ?? 0) + k] ?? 0];
            return value + length * (u + guidance * (c - u));
          });
        }),
      );
    }
    this.#latents = next;
  }

  /** Of each latent with the text beside it. */
  async #velocity(
    unet: StateDict,
    latents: readonly Float32Array[],
    rows: readonly Texts[],
    time: number,
  ): Promise<Float32Array> {
    const sample = joined(latents);
    const outputs = await this.#parts.graphs.run('unet', unet, {
      ...stacked(rows),
      sample: { dims: this.#dims(rows.length), data: sample },
      time: { dims: [rows.length], data: new Float32Array(rows.length).fill(time) },
    });
    return outputOf(outputs, 'velocity').data;
  }

  async #read(job: SampleJob): Promise<{ readonly without: Texts; readonly towards: Texts }> {
    const { positive, negative } = this.#batch.encoders;
    const [without, towards] = await Promise.all([
      this.#encode('negative', job.negativePrompt, negative),
      this.#encode('positive', job.prompt, positive),
    ]);
    return { without, towards };
  }

  async #encode(place: string, prompt: string, encoder: StateDict): Promise<Texts> {
    const { graphs, schedule, vocabulary } = this.#parts;
    const key = `${place}|${prompt}`;
    const known = this.#texts.get(key);
    if (known !== undefined) return await known;
    const data = tokensOf(prompt, vocabulary, schedule);
    const read = graphs.run('text', encoder, { tokens: { dims: [1, data.length], data } });
    this.#texts.set(key, read);
    return await read;
  }

  get #atOnce(): number {
    return Math.max(1, Math.floor(PIXELS_AT_ONCE / (this.#drawn.width * this.#drawn.height)));
  }

  #dims(count: number): readonly number[] {
    const { latentChannels, factor } = this.#parts.schedule;
    return [count, latentChannels, this.#drawn.height / factor, this.#drawn.width / factor];
  }
}

/** That of the schedule at the usual CFG scale, and none at 1; models that are used with 1 have it there. */
function guidanceOf({ guidance, usualCfg = USUAL_CFG }: Schedule, cfgScale: number): number {
  return usualCfg === 1 ? guidance * cfgScale : 1 + ((guidance - 1) * (cfgScale - 1)) / (usualCfg - 1);
}

/** Where a model is used without guidance, the half with the negative prompt would be for nothing. */
function isPromptAlone({ usualCfg }: Schedule, guidance: number): boolean {
  return usualCfg === 1 && guidance === 1;
}

/** Images of one state of the latents, by the index of the first of each group. */
interface Decoded {
  readonly latents: readonly Float32Array[];
  readonly vae: StateDict;
  readonly groups: Map<number, Promise<Output>>;
}

/** What the text encoder gives: one row of each output. */
type Texts = Readonly<Record<string, Output>>;

function stacked(rows: readonly Texts[]): Feeds {
  const [first = {}] = rows;
  return Object.fromEntries(
    Object.entries(first).map(([name, { dims }]) => [
      name,
      { dims: [rows.length, ...dims.slice(1)], data: joined(rows.map((row) => outputOf(row, name).data)) },
    ]),
  );
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function outputOf(outputs: Readonly<Record<string, Output>>, name: string): Output {
  const output = outputs[name];
  if (output === undefined) throw new Error(`The tiny world's graphs give no ${name}.`);
  return output;
}

/**
 * Where between two bytes a value is rounded up. Alone, an image is rounded as usual; in a batch the last bits of a few
 * numbers differ, as they do in a real server.
 */
function ditherOf({ batch, seed }: PaintJob): (place: number) => number {
  if (batch.size === 1) return () => 0.5;
  const salt = hashText(`${seed}|${batch.size}|${batch.index}`);
  return (place) => 0.48 + (0.04 * (mix(place ^ salt) & 255)) / 255;
}

/** From planes of 0..1 to bytes side by side. */
function pixelsOf({ dims, data }: Output, dither: (place: number) => number): Pixels {
  const [, , height = 0, width = 0] = dims;
  const plane = width * height;
  const bytes = new Uint8Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const at = 3 * i + channel;
      bytes[at] = Math.min(255, Math.floor(255 * (data[channel * plane + i] ?? 0) + dither(at)));
    }
  }
  return { width, height, data: bytes };
}
