/** Every WebUI is put back as it was found, also where the run failed; what could not be put back is always said. */
import { afterColon } from '../shared/after-colon.ts';
import { messageOf } from '../shared/errors.ts';
import { within } from '../shared/within.ts';
import type { Renderer } from '../renderers/index.ts';

/** Seconds for a server after a mistake of ours: nobody knows what it still waits for. */
const PATIENCE_S = 20;

export interface ClosingRenderers<R> {
  /** As above; otherwise it may take as long as the server takes to load a model. Default false. */
  readonly isHurried?: boolean;
  /** Of several: told how many of those that were used are as they were. */
  readonly inform?: ((sentence: string) => void) | undefined;
  /** Was it ever opened? Of one that was not, nothing is told but what could not be put back. Default: all were. */
  readonly isTouched?: ((renderer: R) => boolean) | undefined;
}

/** Never throws. @param say told what could not be put back, a sentence each */
export async function closeRenderers<R extends Pick<Renderer, 'name' | 'close'>>(
  renderers: readonly R[],
  say: (sentence: string) => void,
  { isHurried = false, inform, isTouched = () => true }: ClosingRenderers<R> = {},
): Promise<void> {
  const used = renderers.filter((renderer) => isTouched(renderer));
  const well: R[] = [];
  await Promise.all(
    renderers.map(async (renderer) => {
      const { name } = renderer;
      try {
        const closing = renderer.close();
        const left = await (isHurried ? within(PATIENCE_S * 1000, closing) : closing);
        if (left === undefined)
          say(`${name} did not answer within ${PATIENCE_S} s; check that its settings were restored.`);
        else if (left.length === 0) well.push(renderer);
        else for (const sentence of left) say(`${name}: ${afterColon(sentence)}`);
      } catch (error) {
        say(`${name} may not be as it was before the run (${messageOf(error)}); check its settings.`);
      }
    }),
  );
  if (renderers.length < 2) return;
  const namesOf = (some: readonly R[]): string[] => some.map(({ name }) => name);
  const sentence = restored(
    renderers.length,
    namesOf(used),
    namesOf(used.filter((one) => well.includes(one))),
  );
  if (sentence !== undefined) inform?.(sentence);
}

/** @returns undefined where nothing is well */
function restored(all: number, used: readonly string[], well: readonly string[]): string | undefined {
  const end = 'as they were before the run.';
  if (well.length === 0) return undefined;
  if (well.length === 1) return `${well.join('')} is as it was before the run.`;
  if (well.length < used.length) return `${well.join(' and ')} are ${end}`;
  const who = `${used.length === 2 ? 'Both' : `All ${used.length}`} WebUIs`;
  return used.length === all ? `${who} are ${end}` : `${who} that were used are ${end}`;
}
