/** Outlines of the scene: ridges and the trees that stand on them. */

/** Height of the line above each column, in pixels from the top. */
export type Ridge = Float32Array;

/** Ridge number `layer`, 0 the farthest: three sines over a base that comes nearer with the number. */
export function ridgeLine(random: () => number, layer: number, width: number, height: number): Ridge {
  const base = (0.42 + 0.13 * layer) * height;
  const waves = [1, 2.3, 5.1].map((frequency) => ({
    frequency: frequency * (0.8 + 0.6 * random()),
    phase: 2 * Math.PI * random(),
    reach: (0.09 * height * (0.6 + 0.5 * random())) / frequency,
  }));
  const line = new Float32Array(width);
  for (let x = 0; x < width; x++) {
    let y = base;
    for (const { frequency, phase, reach } of waves) {
      y += reach * Math.sin(phase + (frequency * 2 * Math.PI * x) / width);
    }
    line[x] = y;
  }
  return line;
}

/** A mask (1 = tree) of spruces and huts on the nearer ridges: many slanting edges, so that blur shows. */
export function spruces(
  random: () => number,
  ridges: readonly Ridge[],
  width: number,
  height: number,
): Uint8Array {
  const mask = new Uint8Array(width * height);
  for (const [layer, ridge] of ridges.entries()) {
    if (layer === 0) continue;
    const count = 7 + Math.floor(6 * random());
    for (let i = 0; i < count; i++) {
      const foot = Math.floor(random() * width);
      const tall = height * (0.05 + 0.035 * layer) * (0.6 + 0.8 * random());
      const ground = Math.round((ridge[foot] ?? 0) + 0.1 * height * random());
      plant(mask, { foot, ground, tall, width, height });
    }
  }
  return mask;
}

interface Spruce {
  readonly foot: number;
  readonly ground: number;
  readonly tall: number;
  readonly width: number;
  readonly height: number;
}

/** Three triangles on top of each other. */
function plant(mask: Uint8Array, { foot, ground, tall, width, height }: Spruce): void {
  const top = Math.max(0, Math.round(ground - tall));
  for (let y = top; y < Math.min(height, ground); y++) {
    const down = (y - (ground - tall)) / tall;
    const reach = tall * 0.32 * (0.35 * down + 0.65 * ((3 * down) % 1)) + 0.5;
    const left = Math.max(0, Math.ceil(foot - reach));
    const right = Math.min(width - 1, Math.floor(foot + reach));
    mask.fill(1, y * width + left, y * width + Math.max(left, right + 1));
  }
}
