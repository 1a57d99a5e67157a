// Milliseconds of one core that the `quality` scorer takes for a 1344 × 768 PNG, decode included; medians over 15 rounds.
// The same measures in OpenCV and NumPy are timed beside it where python3 (or $PYTHON) can import them.
// Then scorers that are networks, on the small CLIP graph of the tests: what further heads on one graph add to an image, and whether
// the memory of its process comes back. Left out without onnxruntime-node.
//   node bench/scorers.mjs [--dist DIR]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const WIDTH = 1344;
const HEIGHT = 768;
const ROUNDS = 15;
const TARGET = 40;

const { values } = parseArgs({ options: { dist: { type: 'string', default: path.join(HERE, '../dist') } } });
const load = (file) => import(pathToFileURL(path.resolve(values.dist, 'score', file)).href);
const [{ decodeImage, hashPixels }, { scoreQuality }, { measureImage }] = await Promise.all([
  load('decode.js'),
  load('quality.js'),
  load('measures/measure-image.js'),
]);

sharp.concurrency(1);
const png = await sharp(photoLike(), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
  .png()
  .toBuffer();
const pixels = await decodeImage(png);
const scored = scoreQuality(pixels);
if (scored.state !== 'scored') throw new Error(`The benchmark image is invalid: ${scored.reason}.`);

console.log(
  `${WIDTH} × ${HEIGHT} PNG, ${(png.length / 1e6).toFixed(2)} MB, quality ${scored.value.toFixed(3)}`,
);
console.log(`node ${process.version}, ${os.cpus()[0]?.model ?? 'unknown processor'}`);
const decode = await median(() => decodeImage(png));
const score = await median(() => scoreQuality(pixels));
const both = await median(async () => scoreQuality(await decodeImage(png)));
const hash = await median(() => hashPixels(pixels));
print('decode', decode);
print('measures and score', score);
print('decode, measures and score', both, `target ${TARGET}: ${both.cpu <= TARGET ? 'met' : 'MISSED'}`);
print('pixel hash', hash);
timeInPython();
await timeNetworks();

/** CPU time of the whole process: libvips works in its own threads. */
async function median(work) {
  const wall = [];
  const cpu = [];
  for (let round = -5; round < ROUNDS; round++) {
    const began = performance.now();
    const before = process.cpuUsage();
    await work();
    const used = process.cpuUsage(before);
    if (round < 0) continue;
    wall.push(performance.now() - began);
    cpu.push((used.user + used.system) / 1000);
  }
  return { wall: middle(wall), cpu: middle(cpu) };
}

function middle(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

function print(name, { wall, cpu }, warning = '') {
  const figures = `${cpu.toFixed(1).padStart(6)} ms of a core ${wall.toFixed(1).padStart(6)} ms elapsed`;
  console.log(`${name.padEnd(34)} ${figures}  ${warning}`);
}

/** Smooth shapes, hard edges and fine grain, so that the PNG is about as large as a generated image's. */
function photoLike() {
  const data = Buffer.alloc(3 * WIDTH * HEIGHT);
  let state = 12345;
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296 - 0.5;
  };
  for (let y = 0, j = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, j += 3) {
      const hill = 0.55 * HEIGHT + 60 * Math.sin(x / 90) + 25 * Math.sin(x / 17) + 8 * Math.sin(x / 3.1);
      const land = y > hill;
      const leaf = land ? 40 * Math.sin(x / 2.3 + y / 5) * Math.sin(y / 2.9 - x / 7) : 0;
      const sun = Math.hypot(x - 1000, y - 170) < 90 ? 90 : 0;
      data[j] = clamp((land ? 70 : 90 + y / 5) + leaf + sun + 9 * noise());
      data[j + 1] = clamp((land ? 120 - (y - hill) / 6 : 150 + y / 8) + leaf + sun / 2 + 9 * noise());
      data[j + 2] = clamp((land ? 45 : 215 - y / 9) + leaf / 2 - sun + 9 * noise());
    }
  }
  return data;
}

function clamp(value) {
  return Math.min(255, Math.max(0, Math.round(value)));
}

function timeInPython() {
  const python = process.env['PYTHON'] ?? 'python3';
  const folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-bench-'));
  try {
    const file = path.join(folder, 'image.png');
    writeFileSync(file, png);
    const { status, stdout } = spawnSync(python, [path.join(HERE, 'scorers-opencv.py'), file], {
      encoding: 'utf8',
    });
    if (status !== 0) {
      console.log('OpenCV side by side: left out, no python3 with cv2 and numpy (PYTHON=… chooses one).');
      return;
    }
    const theirs = JSON.parse(stdout);
    console.log(`OpenCV ${theirs.cv2}, NumPy ${theirs.numpy}, one thread:`);
    print('decode', { wall: theirs.decode, cpu: theirs.decode });
    print('measures', { wall: theirs.measures, cpu: theirs.measures }, ratio(score.cpu, theirs.measures));
    print('both', { wall: theirs.both, cpu: theirs.both }, ratio(both.cpu, theirs.both));
    for (const [name, value] of Object.entries(theirs.values)) {
      console.log(
        `  ${name.padEnd(20)} ${measureImage(pixels)[name].toFixed(4).padStart(10)} ${value.toFixed(4).padStart(10)}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function ratio(ours, theirs) {
  return `autombw takes ${(ours / theirs).toFixed(2)} times that`;
}

/** Four heads on one graph against one: the pass is shared, so only the heads themselves are paid for. */
async function timeNetworks() {
  const [{ OnnxEngine }, { readManifest }, { createOnnxScorer }] = await Promise.all(
    ['engine', 'manifest', 'onnx-scorer'].map((name) => load(`onnx/${name}.js`)),
  );
  const fixtures = path.join(HERE, '../tests/fixtures/onnx');
  const engine = new OnnxEngine();
  const heads = ['toy-linear', 'toy-chain', 'toy-chain-pth', 'toy-chain-strided'].map((name) =>
    createOnnxScorer({
      manifest: readManifest(path.join(fixtures, 'manifests', `${name}.json`)),
      folders: () => [path.join(fixtures, 'models')],
      engine,
    }),
  );
  const { signal } = new AbortController();
  const item = () => ({
    // A fresh object for each round: nothing of the last one is remembered.
    pixels: { ...pixels, data: Uint8Array.from(pixels.data) },
    bytes: png,
    prompt: 'a hill',
    negativePrompt: '',
    payload: 'bench',
    seed: 1,
    infotext: null,
  });
  const before = process.memoryUsage.rss() / 2 ** 20;
  try {
    for (const head of heads) await head.open(signal);
  } catch (error) {
    console.log(`networks: left out (${error.message})`);
    return;
  }
  const file = path.join(fixtures, 'models/clip/vision.onnx');
  const graph = await engine.acquire(file, signal);
  const { pid } = graph;
  const one = [];
  const four = [];
  for (let round = -10; round < 60; round++) {
    // In turn, so that a slow moment of the machine hits both.
    for (const [list, used] of [
      [one, heads.slice(0, 1)],
      [four, heads],
    ]) {
      const shown = item();
      const began = performance.now();
      for (const head of used) await head.score([shown], signal);
      if (round >= 0) list.push(performance.now() - began);
    }
  }
  const [single, all] = [middle(one), middle(four)];
  const more = (all / single - 1) / (heads.length - 1);
  await graph.release();
  for (const head of heads) await head.close();
  const isGone = !isRunning(pid);
  const after = process.memoryUsage.rss() / 2 ** 20;
  console.log(
    `\nnetworks on the small CLIP graph: one head ${single.toFixed(2)} ms, four heads ${all.toFixed(2)} ms an image`,
  );
  console.log(
    `each further head adds ${(100 * more).toFixed(1)} %, at most 5: ${more <= 0.05 ? 'met' : 'MISSED'}`,
  );
  console.log(
    `its process ${isGone ? 'has ended, its memory is back' : 'STILL RUNS'}; this process ${before.toFixed(0)} MiB before, ${after.toFixed(0)} after`,
  );
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
