/** Every WebUI is put back as it was found, also where the run failed; what could not be put back is always said. */
import { messageOf } from '../shared/errors.ts';
import type { Renderer } from '../renderers/index.ts';

/** Seconds for a server after a mistake of ours: nobody knows what it still waits for. */
const PATIENCE_S = 20;

export interface ClosingRenderers {
  /** As above; otherwise it may take as long as the server takes to load a model. Default false. */
  readonly isHurried?: boolean;
  /** Of several: told how many are as they were. */
  readonly inform?: ((sentence: string) => void) | undefined;
}

/** Never throws. @param say told what could not be put back, a sentence each */
export async function closeRenderers(
  renderers: readonly Pick<Renderer, 'name' | 'close'>[],
  say: (sentence: string) => void,
  { isHurried = false, inform }: ClosingRenderers = {},
): Promise<void> {
  let well = 0;
  await Promise.all(
    renderers.map(async (renderer) => {
      const { name } = renderer;
      try {
        const closing = renderer.close();
        const left = await (isHurried ? within(PATIENCE_S, closing) : closing);
        if (left === undefined)
          say(
            `${name} did not answer within ${PATIENCE_S} s; check that its settings are back as they were.`,
          );
        else if (left.length === 0) well++;
        else for (const sentence of left) say(`${name}: ${sentence}`);
      } catch (error) {
        say(`${name} may not be as it was before the run (${messageOf(error)}); check its settings.`);
      }
    }),
  );
  const all = renderers.length;
  if (all < 2) return;
  const whole = all === 2 ? 'Both' : `All ${all}`;
  inform?.(`${well === all ? whole : `${well} of ${all}`} WebUIs are as they were before the run.`);
}

async function within<T>(seconds: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
