/** A simulated ComfyUI of transformers, and renderers on it; all of them are closed after each test. */
import { afterEach } from 'vitest';
import { createRenderer, effectiveWeights } from '../../src/renderers/index.ts';
import type { Renderer, RendererOptions } from '../../src/renderers/index.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/index.ts';
import { blocksOf } from '../../src/space/blocks.ts';
import type { Architecture, BlockWeights } from '../../src/space/blocks.ts';

/** Closed first to last: renderers come before their servers. */
export const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

export async function start(
  architecture: Architecture,
  simulated: SimulatorOptions = {},
  over: Partial<RendererOptions> = {},
): Promise<{ simulator: Simulator; renderer: Renderer }> {
  const simulator = await startSimulator({ family: 'comfyui', architecture, ...simulated });
  open.push(simulator);
  return { simulator, renderer: rendererOn(simulator, { architecture, ...over }) };
}

export function rendererOn(
  { url }: Simulator,
  over: Partial<RendererOptions> & Pick<RendererOptions, 'architecture'>,
): Renderer {
  const renderer = createRenderer({
    url,
    modelA: 'modelA',
    modelB: 'modelB',
    backend: 'comfyui',
    retryDelays: [0.01],
    pollSeconds: 0.02,
    ...over,
  });
  open.unshift(renderer);
  return renderer;
}

/** Another weight for every block that is searched, as it comes out on the server. */
export function ladder(
  architecture: Architecture,
  renderer: Renderer,
  low: number,
  high: number,
): BlockWeights {
  const blocks = blocksOf(architecture);
  const step = (high - low) / (blocks.length + 1);
  const asked = Object.fromEntries(blocks.map((block, i) => [block, low + step * (i + 1)]));
  return effectiveWeights(asked, renderer.capabilities, architecture);
}
