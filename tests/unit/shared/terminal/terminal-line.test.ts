import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TerminalLine } from '../../../../src/shared/terminal/terminal-line.ts';
import { Screen } from '../../../helpers/screen.ts';

const LONG = 'best 0.5770 (#11)  last 0.5185  image 3 of 8, step 12/20  12 min left  early stop in 27';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  for (const line of lines.splice(0)) line.end();
  vi.useRealTimers();
});

const lines: TerminalLine[] = [];
function lineOn(screen: Screen): TerminalLine {
  const line = new TerminalLine(screen);
  lines.push(line);
  return line;
}

describe('the line that is drawn again', () => {
  it('stands below everything that is written, and is gone in the end', () => {
    const screen = new Screen(60);
    const line = lineOn(screen);
    line.show(() => '1 of 3');
    line.above(() => screen.write('The first message\n'));
    line.show(() => '2 of 3');
    vi.advanceTimersByTime(1000);
    line.above(() => screen.write('A message\nof two lines\n'));
    expect(screen.rows()).toEqual(['The first message', 'A message', 'of two lines', '2 of 3']);
    line.end();
    expect(screen.rows()).toEqual(['The first message', 'A message', 'of two lines']);
    line.above(() => screen.write('Afterwards\n'));
    expect(screen.rows().at(-1)).toBe('Afterwards');
  });

  it.each([60, 80, 120, 200])('takes one row of %i columns', (columns) => {
    const screen = new Screen(columns);
    lineOn(screen).show(() => LONG);
    const [row = '', ...others] = screen.rows();
    expect(others).toEqual([]);
    expect(row).toBe(columns > LONG.length ? LONG : `${LONG.slice(0, columns - 2).trimEnd()}…`);
  });

  it('follows a window that gets narrower and wider, and touches nothing above', () => {
    const screen = new Screen(100);
    const line = lineOn(screen);
    line.above(() => screen.write('A message\n'));
    line.show(() => LONG);
    for (const columns of [60, 30, 200, 20, 80]) {
      screen.resize(columns);
      expect(screen.rows()).toHaveLength(2);
      expect(screen.rows()[0]).toBe('A message');
      expect((screen.rows()[1] ?? '').length).toBeLessThan(columns);
    }
    line.end();
    expect(screen.rows()).toEqual(['A message']);
    screen.resize(60);
    expect(screen.rows()).toEqual(['A message']);
    expect(screen.listenerCount('resize')).toBe(0);
  });

  it('is drawn a few times a second at most, and the last state is seen', () => {
    const screen = new Screen(60);
    const line = lineOn(screen);
    for (let i = 0; i <= 1000; i++) {
      line.show(() => `step ${i}`);
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(1000);
    expect(screen.rows()).toEqual(['step 1000']);
    expect(screen.written.length).toBeLessThan(10);
  });

  it('obeys nothing of what it shows', () => {
    const screen = new Screen(60);
    lineOn(screen).show(() => 'a\u001B[2Jb\nc\td');
    expect(screen.rows()).toEqual([String.raw`a\x1b[2Jb c d`]);
  });

  it('is wiped when the process leaves at once', async () => {
    // Of its own, for a listener of its own: the usual one may serve what other tests have not ended.
    vi.resetModules();
    const own = await import('../../../../src/shared/terminal/terminal-line.ts');
    const screen = new Screen(60);
    const listeners = process.listeners('exit');
    const line = new own.TerminalLine(screen);
    line.show(() => 'working');
    const [leave] = process.listeners('exit').filter((listener) => !listeners.includes(listener));
    leave?.(130);
    expect(screen.rows()).toEqual([]);
    expect(process.listeners('exit')).toEqual(listeners);
  });
});
