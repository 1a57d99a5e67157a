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
 * Two files that a server names below folders of its own. Where the folder here is a subfolder of the server's, as model A's name shows, model B
 * must be below it too: a file of its name in there would be another one.
 * @param served their names, of model A first, with either slash
 * @param folders of each: where a file may lie, in order of preference
 * @returns undefined for what is not here
 */
export function localPair(
  served: { readonly a: string; readonly b: string },
  folders: { readonly a: readonly string[]; readonly b: readonly string[] },
): { readonly a: string | undefined; readonly b: string | undefined } {
  const [a, b] = [stepsOf(served.a), stepsOf(served.b)];
  const find = (below: readonly string[], steps: readonly string[]): string | undefined =>
    below.map((folder) => path.join(folder, ...steps)).find(isHere);
  for (const [i] of a.entries()) {
    const found = find(folders.a, a.slice(i));
    if (found === undefined) continue;
    const isBelow = a.slice(0, i).every((step, j) => b[j] === step);
    return { a: found, b: isBelow ? find(folders.b, b.slice(i)) : undefined };
  }
  return { a: undefined, b: undefined };
}

function stepsOf(served: string): string[] {
  return served.split(/[\\/]/).filter((step) => step !== '' && step !== '..');
}

function isHere(file: string): boolean {
  return file.endsWith('.safetensors') && fs.existsSync(file);
}

/**
 * @param served the path that the server names, with either slash
 * @param modelsDir the server's checkpoint folder as a path of this machine: the end of the served path is looked for below it
 * @returns undefined where there is no such safetensors file here
 */
export function localPath(served: string, modelsDir: string | undefined): string | undefined {
  const steps = stepsOf(served);
  const candidates =
    modelsDir === undefined
      ? [served]
      : // The longest end first: a file of the same name may lie in another subfolder.
        steps.map((_, i) => path.join(modelsDir, ...steps.slice(i)));
  return candidates.find(isHere);
}
