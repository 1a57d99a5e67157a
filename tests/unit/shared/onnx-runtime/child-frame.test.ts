/** The frame of a process that answers, run as a real process from the build. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { endChild, startChild } from '../../../../src/shared/onnx-runtime/start-child.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const FRAME = pathToFileURL(path.join(ROOT, 'dist/shared/onnx-runtime/child-frame.js')).href;
const ZOD = pathToFileURL(path.join(ROOT, 'node_modules/zod/index.js')).href;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'autombw-child-'));
  mkdirSync(path.join(folder, 'deep'));
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(
    path.join(folder, 'child.js'),
    `import { z } from '${ZOD}';
     import { answerParent, RUNTIME_PACKAGE } from '${FRAME}';
     let asked = 0;
     answerParent(z.object({ id: z.int(), wait: z.number() }), async ({ id, wait }) => {
       const turn = ++asked;
       await new Promise((resolve) => setTimeout(resolve, wait));
       return { id, turn, runtime: RUNTIME_PACKAGE, floats: Float32Array.of(id) };
     });`,
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

const start = (runtime?: string) =>
  startChild({ beside: pathToFileURL(path.join(folder, 'parent.js')).href, runtime, hasStderr: true });

it('answers one request after the other, and typed arrays come as they are', async () => {
  const child = start('another-runtime');
  const replies: unknown[] = [];
  const both = new Promise<void>((resolve) => {
    child.on('message', (reply) => {
      replies.push(reply);
      if (replies.length === 2) resolve();
    });
  });
  child.send({ id: 1, wait: 50 });
  child.send({ id: 2, wait: 0 });
  await both;
  expect(replies).toEqual([
    { id: 1, turn: 1, runtime: 'another-runtime', floats: Float32Array.of(1) },
    { id: 2, turn: 2, runtime: 'another-runtime', floats: Float32Array.of(2) },
  ]);
  await endChild(child);
  expect(child.signalCode).toBe('SIGKILL');
  // Nothing is left to wait for.
  await endChild(child);
});

it('ends over what is no request, and says so', async () => {
  const child = start();
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += String(chunk);
  });
  const closed = once(child, 'close');
  child.send({ id: 'one', wait: 0 });
  expect(await closed).toEqual([1, null]);
  expect(said).toMatch(/ZodError/);
});

it('ends with its parent', async () => {
  const child = start();
  const ended = once(child, 'exit');
  child.on('message', () => child.disconnect());
  child.send({ id: 1, wait: 0 });
  expect(await ended).toEqual([0, null]);
});

it.skipIf(process.platform === 'win32')('leaves it to its parent when to stop', async () => {
  const child = start();
  const first = once(child, 'message');
  child.send({ id: 1, wait: 0 });
  await first;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) child.kill(signal);
  const second = once(child, 'message');
  child.send({ id: 2, wait: 0 });
  expect(await second).toMatchObject([{ id: 2, turn: 2 }, undefined]);
  await endChild(child);
});
