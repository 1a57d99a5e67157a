import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parsePresets } from '../../../src/space/presets.ts';

const shipped = readFileSync(new URL('../../../csv/preset.tsv', import.meta.url), 'utf8');
const LIST = Array.from({ length: 25 }, (_, i) => i / 10).join(',');

describe('parsePresets', () => {
  it('reads the presets that are shipped', () => {
    const presets = parsePresets(shipped);
    expect(presets).toHaveLength(38);
    expect(presets[0]?.name).toBe('GRAD_V');
    expect(presets.map(({ weights }) => Object.keys(weights).length)).toEqual(presets.map(() => 25));
    const hermite = presets.find(({ name }) => name === 'SMOOTHSTEP*2');
    expect(hermite?.weights).toMatchObject({ IN00: 0, M00: 1, OUT10: 0.0101273148148153 });
    expect(hermite?.weights).not.toHaveProperty('OUT');
    expect(presets.at(-1)).toMatchObject({ name: 'ALL_B', weights: { IN00: 1, OUT00: 1, OUT11: 1 } });
  });

  it('takes CRLF, BOM, blank lines and no header', () => {
    const [preset] = parsePresets(`\uFEFF\r\nMINE\t${LIST}\r\n`);
    expect(preset).toMatchObject({ name: 'MINE', weights: { IN00: 0, M00: 1.2, OUT00: 1.3, OUT11: 2.4 } });
  });

  it.each([
    [
      '24 numbers',
      `A\t${LIST}\nB\t0,1\n`,
      'Line 2 of the presets (B) has 2 numbers: it must have 25 (IN00 to IN11, M00, OUT00 to OUT11), 26 with BASE in front; for SDXL 19',
    ],
    [
      'a word',
      `A\t${LIST.replace('0.3', 'x')}\n`,
      'Line 1 of the presets (A) has "x" as number 4: write a number.',
    ],
    [
      'no tab',
      'A 0,1\n',
      'Line 1 of the presets is "A 0,1": it must be a name, a tab or a colon, and numbers joined by commas, such as 25 for IN00 to OUT11.',
    ],
    [
      'a name twice',
      `A\t${LIST}\n\nA\t${LIST}\n`,
      'Line 3 of the presets names A a second time: rename or remove it.',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => parsePresets(text)).toThrow(message);
  });
});
