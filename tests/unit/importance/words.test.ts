import { describe, expect, it } from 'vitest';
import type { Importance } from '../../../src/importance/importance.ts';
import { importanceLines, importanceSummary, type BarStyle } from '../../../src/importance/words.ts';

const effect = (
  value: number,
  low = value / 2,
  high = value * 1.5,
): { value: number; low: number; high: number } => ({
  value,
  low,
  high,
});

const dimensions = [
  { name: 'IN03', value: 0.4 },
  { name: 'IN00+IN01+IN02+M00', value: 0.2 },
  ...Array.from({ length: 12 }, (_, i) => ({
    name: `OUT${String(i).padStart(2, '0')}`,
    value: 0.06 - 0.005 * i,
  })),
].map(({ name, value }) => ({ name, blocks: name.split('+'), total: effect(value), first: effect(value) }));

const importance: Importance = {
  enough: true,
  dimensions,
  interactions: [{ names: ['IN03', 'OUT00'], effect: effect(0.05) }],
  trials: 60,
  explained: 0.734,
  expectedGain: { value: 0.01, low: 0, high: 0.045 },
  suggestions: [
    {
      kind: 'freeze',
      weights: { OUT10: 0.4, OUT11: 1 },
      share: 0.02,
      sentence: 'OUT10, OUT11 hardly matter (at most 2 % of the differences): they may stand still.',
      option: '--block OUT10=0.4 --block OUT11=1',
    },
    { kind: 'stop', iterations: 20, gain: effect(0.01), sentence: 'Little more to find.', option: undefined },
  ],
};

const style = (change: Partial<BarStyle> = {}): BarStyle => ({
  width: 80,
  unicode: true,
  paint: (text) => text,
  ...change,
});

describe('importance in words', () => {
  it('draws a bar with its interval for every block that has a part in it, and names the others', () => {
    const lines = importanceLines(importance, style());
    expect(lines.join('\n')).toContain('from 60 merges');
    expect(lines.find((line) => line.startsWith('IN03'))).toMatch(/^IN03 +█+▓+░+ {2}40 % \(20 to 60\)$/);
    expect(lines.find((line) => line.startsWith('IN00…M00 (4)'))).toMatch(/█+▓+░+·+ {2}20 %/);
    expect(lines.join('\n')).toContain('Under 1 % each: OUT10, OUT11');
    expect(lines).toContain('  IN03 and OUT00   5 % (3 to 8)');
    expect(lines).toContain('  → --block OUT10=0.4 --block OUT11=1');
    expect(lines.join(' ')).toContain('█ at least (95 %), ▓ up to the estimate, ░ up to the maximum');
    expect(importanceLines(importance, style({ unicode: false })).join(' ')).toContain(
      '# at least (95 %), =',
    );
  });

  it('says that no pairs can be told', () => {
    expect(importanceLines({ ...importance, interactions: [] }, style()).join('\n')).toContain(
      'No interactions between blocks',
    );
  });

  it('keeps to narrow terminals, and an option stays with its value', () => {
    for (const width of [40, 50, 80, 120]) {
      const lines = [
        ...importanceLines(importance, style({ width })),
        ...importanceSummary(importance, style({ width })),
      ];
      expect(lines.filter((line) => line.length > width)).toEqual([]);
      expect(lines.filter((line) => line.endsWith('--block'))).toEqual([]);
    }
  });

  it('is plain ASCII where it must be', () => {
    const lines = importanceLines(importance, style({ unicode: false }));
    expect(lines.join('\n')).toMatch(/^[\n -~]*$/);
    expect(lines.find((line) => line.startsWith('OUT00'))).toMatch(/#+=+-+\.+/);
  });

  it('is short in a summary, and says why it cannot tell', () => {
    const bars = importanceSummary(importance, style()).filter((line) => line.includes(' % ('));
    expect(bars).toHaveLength(8);
    const reason = 'Not enough data: 3 different merges have a score, but 16 are needed.';
    expect(importanceSummary({ enough: false, reason }, style())).toEqual([
      'Which blocks matter: not enough data: 3 different merges have a score, but 16',
      'are needed.',
    ]);
    expect(importanceLines({ enough: false, reason }, style())).toEqual([reason]);
  });
});
