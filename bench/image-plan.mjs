/** The plan of a search that nothing is drawn for: one image of each prompt, as a run's own state takes it. */

/**
 * @param parts `orderImages` and `createSpace` of the build
 * @param mode `all`, `auto` or a number: what `--images-per-trial` says; a number of all images is `all`
 * @param prompts one image of each
 */
export function imagePlan({ orderImages, createSpace }, { mode, seed, prompts, optimizer = 'bayesian' }) {
  const requests = prompts.map((prompt, p) => requestOf(p, prompt));
  const isWhole = mode === 'all' || Number(mode) >= requests.length;
  return {
    config: { imagesPerTrial: isWhole ? 'all' : mode === 'auto' ? 'auto' : Number(mode) },
    requests,
    ...(isWhole ? {} : { imageOrder: orderImages(requests) }),
    space: createSpace({ architecture: 'sd1', low: 0, high: 1, intervals: 10, blocks: {} }),
    optimizer: { name: optimizer, seed, options: {}, second: null },
    queue: [],
    scorers: [],
    tally: 'arithmetic-mean',
    pass: 0,
    chain: null,
    server: null,
  };
}

/** @param request id of one of the plan */
export function imageRecord(request, score) {
  return { request, index: 0, payload: request, seed: 1, score, raw: {}, pixels: '', seconds: 1 };
}

function requestOf(p, prompt) {
  const id = `p${p}`;
  return { id, payload: id, prompt, negativePrompt: '', reverseScoring: false, seeds: [1], body: {} };
}
