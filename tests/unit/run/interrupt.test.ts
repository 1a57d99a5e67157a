import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { listenForInterrupt } from '../../../src/run/interrupt.ts';

class Source extends EventEmitter {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}

describe('interrupt', () => {
  it('asks politely first, leaves at once the second time', () => {
    const source = new Source();
    let told = 0;
    const interrupt = listenForInterrupt(source, () => told++);
    expect(interrupt.exitCode()).toBeUndefined();
    source.emit('SIGINT');
    expect(interrupt.signal.aborted).toBe(true);
    expect([told, source.exits, interrupt.exitCode()]).toEqual([1, [], 130]);
    source.emit('SIGINT');
    expect([told, source.exits]).toEqual([1, [130]]);
  });

  it('knows a termination from a Ctrl-C, and lets go', () => {
    const source = new Source();
    const interrupt = listenForInterrupt(source, () => {});
    source.emit('SIGTERM');
    expect(interrupt.exitCode()).toBe(143);
    interrupt.dispose();
    expect(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM')).toBe(0);
  });
});
