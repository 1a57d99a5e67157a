/** Landscapes: 27-dimensional functions built from real search histories, one JSON file each. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

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
  const gain = (value) => (value - data.random_mean) / (data.best_known - data.random_mean);
  const check = () => {
    for (const test of data.tests) {
      if (Math.abs(truth(test.x) - test.smooth) > 1e-8 || Math.abs(score(test.x) - test.score) > 1e-8) {
        throw new Error(`landscape ${data.name}: a test point has another value than the file says`);
      }
    }
  };
  return { name: data.name, size: data.dims, truth, score, gain, check, hasSignal: data.name !== '208b' };
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
