/** What commands that write a checkpoint have in common on a terminal: a bar, Ctrl-C that keeps no file, and the time it took. */
import type { MergeWatch } from '../../../checkpoints/merge.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { createBytesBar } from './bytes-bar.ts';
import { interruptible } from '../interruptible.ts';

/**
 * @param work writes the file
 * @param tell says what was written
 * @returns the exit code
 */
export async function writeCheckpoint<Result extends { readonly leftovers: readonly string[] }>(
  context: CommandContext,
  work: (watch: MergeWatch) => Promise<Result>,
  tell: (result: Result, seconds: number) => void,
): Promise<number> {
  const stopping = '\nStopping; no file was written.';
  return interruptible(context, { stopping }, async ({ signal }) => {
    const bar = createBytesBar(context.process.stderr);
    const began = performance.now();
    try {
      const result = await work({ signal, onProgress: ({ bytes, total }) => bar.draw(bytes, total) });
      bar.end();
      for (const file of result.leftovers) context.note(`Removed ${file}, left by a merge that was killed.`);
      tell(result, (performance.now() - began) / 1000);
      return EXIT.ok;
    } finally {
      bar.end();
    }
  });
}
