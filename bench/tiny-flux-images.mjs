/** Images of merges of the tiny transformer, drawn and judged in process with the arithmetic of the simulated servers. */
import path from 'node:path';

const STEPS = 6;
const PARTS = {
  'clip-l': 'text_encoders.clip_l.transformer.',
  t5: 'text_encoders.t5xxl.transformer.',
  vae: 'first_stage_model.',
};

/**
 * @param parts of the build
 * @param architecture of the pair
 * @returns `scoresOf(weights by block, images of a prompt and a seed)`, `close()`
 */
export async function openTinyFlux(parts, architecture) {
  const { createScorers, blockOfKey, readTensors, interpolate, TINY_FLUX, TINY_WORLD, createTinyWorld } =
    parts;
  const { signal } = new AbortController();

  const fileOf = (name, prefix) =>
    [...readTensors(path.join(TINY_FLUX, `${name}.safetensors`))].map(([key, value]) => [
      prefix + key,
      value,
    ]);
  const others = Object.entries(PARTS).flatMap(([name, prefix]) => fileOf(name, prefix));
  const [a, b] = ['crisp-flux', 'vivid-flux'].map(
    (name) => new Map([...fileOf(name, 'model.diffusion_model.'), ...others]),
  );
  const world = await createTinyWorld({ folder: TINY_FLUX });
  const manifest = path.join(TINY_WORLD, 'judge', 'manifest.json');
  const [{ scorer }] = createScorers([{ id: 'onnx', weight: 1, options: { manifest } }], {});
  await scorer.open?.(signal);

  async function scoresOf(weights, images) {
    const model = interpolate(a, a, b, (key) => weights[blockOfKey(key, architecture)]);
    const jobs = images.map(({ prompt, seed }, index) => ({
      prompt,
      negativePrompt: '',
      seed,
      subseed: 0,
      subseedStrength: 0,
      width: 256,
      height: 256,
      steps: STEPS,
      cfgScale: 1,
      batch: { size: images.length, index },
      damaged: false,
    }));
    const sampling = world.begin({ jobs, encoders: { positive: a, negative: a } });
    for (let step = 0; step < STEPS; step++) await sampling.step(model);
    const scores = [];
    for (const job of jobs) {
      const pixels = await sampling.paint(job, a);
      const text = { prompt: job.prompt, negativePrompt: '', payload: '', infotext: null };
      const [result] = await scorer.score(
        [{ pixels, bytes: new Uint8Array(), seed: job.seed, ...text }],
        signal,
      );
      // An image without any content shows no words.
      scores.push(result.state === 'scored' ? result.value : 0);
    }
    return scores;
  }

  async function close() {
    await scorer.close?.();
    await world.close();
  }
  return { scoresOf, close };
}
