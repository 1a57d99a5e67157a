/** The file that a server means, as this machine sees it. */
import fs from 'node:fs';
import path from 'node:path';

/**
 * The file that a person means without a server to ask: by its name with or without folder, extension and hash, in any case.
 * @returns undefined where no safetensors file below the folder has that name
 */
export function findLocally(model: string, modelsDir: string): string | undefined {
  const wanted = plain(model);
  return fs
    .readdirSync(modelsDir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.safetensors'))
    .map((name) => ({ name, plainName: plain(name) }))
    .filter(
      ({ plainName }) =>
        plainName === wanted ||
        plainName.endsWith(`/${wanted}`) ||
        wanted.endsWith(`/${plainName}`) ||
        // As AUTOMATIC1111 writes the folder of a model into its name.
        plainName.replaceAll('/', '_') === wanted,
    )
    .map(({ name }) => path.join(modelsDir, name))
    .toSorted((a, b) => a.length - b.length)[0];
}

function plain(name: string): string {
  return name
    .trim()
    .replace(/ \[[0-9a-f]+\]$/i, '')
    .replaceAll('\\', '/')
    .replace(/\.(safetensors|ckpt)$/i, '')
    .toLowerCase();
}

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
