/** The settings of an infotext by label, sizes split in two, as `/sdapi/v1/png-info` returns them. */
export function parseInfotextPairs(infotext: string): Record<string, unknown> {
  if (infotext === '') return {};
  const lines = infotext.split('\n');
  const settings = lines.at(-1)?.startsWith('Steps:') === true ? (lines.pop() ?? '') : '';
  const pairs: Record<string, unknown> = {};
  for (const [, label = '', value = ''] of settings.matchAll(
    /([^:,]+):\s*("(?:[^"\\]|\\.)*"|[^,]*)(?:,\s*|$)/gu,
  )) {
    const size = /^(\d+)x(\d+)$/u.exec(value);
    if (size === null) {
      pairs[label.trim()] = value;
    } else {
      pairs[`${label.trim()}-1`] = size[1];
      pairs[`${label.trim()}-2`] = size[2];
    }
  }
  const at = lines.findIndex((line) => line.startsWith('Negative prompt:'));
  const prompt = at < 0 ? lines : lines.slice(0, at);
  const negative =
    at < 0
      ? ''
      : lines
          .slice(at)
          .join('\n')
          .replace(/^Negative prompt:\s*/u, '');
  return { ...pairs, Prompt: prompt.join('\n'), 'Negative prompt': negative, 'Clip skip': '1', ...ABSENT };
}

/** Filled in whatever the infotext says. */
const ABSENT = {
  'Hires resize-1': 0,
  'Hires resize-2': 0,
  'Hires sampler': 'Use same sampler',
  'Hires schedule type': 'Use same scheduler',
  'Hires checkpoint': 'Use same checkpoint',
  'Hires prompt': '',
  'Hires negative prompt': '',
  'Mask mode': 'Inpaint masked',
  'Masked content': 'original',
  'Inpaint area': 'Whole picture',
  'Masked area padding': 32,
  RNG: 'GPU',
  'Schedule max sigma': 0,
  'Schedule min sigma': 0,
  'Schedule rho': 0,
  'VAE Encoder': 'Full',
  'VAE Decoder': 'Full',
  'FP8 weight': 'Disable',
  'Refiner switch by sampling steps': false,
};
