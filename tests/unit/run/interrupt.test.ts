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

describe('other reasons to stop', () => {
  it.each([
    ['SIGHUP', 129],
    ['SIGBREAK', 149],
  ] as const)('%s ends as Ctrl-C does, with exit code %i', (signal, code) => {
    const source = new Source();
    const interrupt = listenForInterrupt(source, () => {});
    source.emit(signal);
    expect([interrupt.signal.aborted, interrupt.exitCode()]).toEqual([true, code]);
    source.emit(signal);
    expect(source.exits).toEqual([code]);
    interrupt.dispose();
    expect(source.eventNames()).toEqual([]);
  });

  it('nohup means that a closed terminal is no reason', () => {
    const source = Object.assign(new Source(), { env: { _: '/usr/bin/nohup' } });
    const interrupt = listenForInterrupt(source, () => {});
    source.emit('SIGHUP');
    expect(interrupt.signal.aborted).toBe(false);
    source.emit('SIGTERM');
    expect(interrupt.exitCode()).toBe(143);
  });

  it('a defect stops without a signal, and a signal after it leaves at its first', () => {
    const source = new Source();
    const interrupt = listenForInterrupt(source, () => {});
    interrupt.stopForDefect(new TypeError('planted'));
    expect(interrupt.signal.reason).toMatchObject({ name: 'Defect', cause: { message: 'planted' } });
    expect(interrupt.exitCode()).toBeUndefined();
  });
});
