/** The file that a server means, as this machine sees it. */
import fs from 'node:fs';
import path from 'node:path';

/**
 * @param served the path that the server names, with either slash
 * @param modelsDir the server's checkpoint folder as a path of this machine: the end of the served path is looked for below it
 * @returns undefined where there is no such safetensors file here
 */
export function localPath(served: string, modelsDir: string | undefined): string | undefined {
  const steps = served.split(/[\\/]/).filter((step) => step !== '' && step !== '..');
  const candidates =
    modelsDir === undefined
      ? [served]
      : // The longest end first: a file of the same name may lie in another subfolder.
        steps.map((_, i) => path.join(modelsDir, ...steps.slice(i)));
  return candidates.find((file) => file.endsWith('.safetensors') && fs.existsSync(file));
}
