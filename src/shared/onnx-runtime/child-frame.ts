/**
 * The frame of a process of our own in which ONNX Runtime computes: it answers its parent's requests one after the other and
 * ends when the parent is gone.
 */
import type { z } from 'zod';

/** Package of the runtime, as the parent names it; another one only in tests. */
export const RUNTIME_PACKAGE = process.argv[2] ?? 'onnxruntime-node';

/**
 * @param schema of a request; a message that is none ends the process, for its parent waits for an answer that cannot come
 * @param answer must not throw: what goes wrong is an answer, too
 */
export function answerParent<Request>(
  schema: z.ZodType<Request>,
  answer: (request: Request) => Promise<unknown>,
): void {
  let last = Promise.resolve();
  // Ctrl-C, a closed terminal or a stopped service reach all processes of a group; when to stop is for the parent to say.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const)
    process.on(signal, () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message: unknown) => {
    const request = schema.parse(message);
    last = last.then(async () => {
      const reply = await answer(request);
      // A parent that has just gone takes no answer, and this process goes with it.
      process.send?.(reply, undefined, undefined, () => undefined);
    });
  });
}
