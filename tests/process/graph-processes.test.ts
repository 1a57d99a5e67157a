import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const dist = path.resolve(import.meta.dirname, '../../dist');

/** Both processes are started by autombw alone: what is no request of it is a defect, and not taken for one. */
describe.each([
  ['a graph', 'score/onnx/child.js'],
  ['the tiny world', 'simulator/worlds/tiny/child.js'],
])('the process of %s', (_, entry) => {
  it.each([
    ['no request', { id: 1, kind: 'surprise' }],
    ['a request without its number', { kind: 'load' }],
    ['feeds that are no arrays of numbers', { id: 1, kind: 'run', feeds: { x: { dims: [1], data: [1] } } }],
  ])('ends on %s', async (_, message) => {
    const child = fork(path.join(dist, entry), [], { serialization: 'advanced', stdio: 'pipe' });
    const replies: unknown[] = [];
    let said = '';
    child.on('message', (reply) => replies.push(reply));
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.send(message);
    const [code]: unknown[] = await once(child, 'close');
    expect(code).toBe(1);
    expect(said).toContain('ZodError');
    expect(replies).toEqual([]);
  });
});
