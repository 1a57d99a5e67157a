/**
 * Landscapes: 27-dimensional functions built from real search histories, one JSON file each. `score` is what a search sees of
 * a trial of 12 pictures; `picture` is the second way to measure on them, with scores of single pictures like those of worlds.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { uniformNumbers as uniform } from './uniform-numbers.mjs';

/** @returns the landscapes of a folder, checked against the test points that each file carries */
export function loadLandscapes(folder) {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const landscape = makeLandscape(JSON.parse(readFileSync(join(folder, file), 'utf8')));
      landscape.check();
      return landscape;
    });
}

const PICTURES = 48;
/** The roughness of a history is that of means of about a dozen pictures. */
const PICTURES_OF_HISTORY = 12;

function makeLandscape(data) {
  const { amp, amp2, lin2, lengthscale, noise_sd, mean, sd } = data;
  const roughFactor = noise_sd * Math.sqrt(2 / data.Wr.length);
  const smooth = (x) => {
    let value = amp * waves(data.W, data.b, x, data.a);
    for (let d = 0; d < x.length; d++) value += data.beta[d] * (x[d] - 0.5);
    for (let i = 0; i < data.X.length; i++) {
      let product = 0;
      let distance = 0;
      for (let d = 0; d < x.length; d++) {
        product += (x[d] - 0.5) * (data.X[i][d] - 0.5);
        distance += (x[d] - data.X[i][d]) ** 2;
      }
      value += data.v[i] * (lin2 * product + amp2 * Math.exp(-distance / (2 * lengthscale ** 2)));
    }
    return value;
  };
  const truth = (x) => mean + sd * smooth(x);
  const score = (x) => mean + sd * (smooth(x) + roughFactor * waves(data.Wr, data.br, x));
  const phases = Array.from({ length: PICTURES }, (_, p) => phasesOf(data, p));
  const offsets = offsetsOf(data);
  /**
   * Score of one of 48 pictures: the truth, how easy the picture is (the same for every merge, 0 in the mean of all), and
   * its own roughness, as strong as makes the mean of 12 pictures as rough as `score`.
   */
  const picture = (x, p) => {
    const noise = roughFactor * waves(data.Wr, phases[p], x) + data.noise_sd * offsets[p];
    return truth(x) + sd * Math.sqrt(PICTURES_OF_HISTORY) * noise;
  };
  const gain = (value) => (value - data.random_mean) / (data.best_known - data.random_mean);
  const check = () => {
    for (const test of data.tests) {
      if (Math.abs(truth(test.x) - test.smooth) > 1e-8 || Math.abs(score(test.x) - test.score) > 1e-8) {
        throw new Error(`landscape ${data.name}: a test point has another value than the file says`);
      }
    }
  };
  const name = data.name;
  return {
    name,
    size: data.dims,
    pictures: PICTURES,
    truth,
    score,
    picture,
    gain,
    check,
    hasSignal: name !== '208b',
  };
}

/** Other phases make another function of the same roughness. */
function phasesOf(data, p) {
  const random = uniform(1 + p);
  return data.br.map(() => 2 * Math.PI * random());
}

/** One number a picture, of mean 0 and variance 1. */
function offsetsOf(data) {
  const random = uniform(data.br.length);
  const drawn = Array.from({ length: PICTURES }, () => random() + random() + random() + random());
  const mean = drawn.reduce((sum, value) => sum + value, 0) / PICTURES;
  const deviation = Math.sqrt(drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / PICTURES);
  return drawn.map((value) => (value - mean) / deviation);
}

function waves(W, b, x, a) {
  let value = 0;
  for (let j = 0; j < W.length; j++) {
    let phase = b[j];
    for (let d = 0; d < x.length; d++) phase += W[j][d] * x[d];
    value += (a === undefined ? 1 : a[j]) * Math.cos(phase);
  }
  return value;
}
