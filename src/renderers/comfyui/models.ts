/** Finds the file that a person means among those of the server, which names them below their folder. */
import { didYouMean } from '../../shared/nearest-name.ts';
import { webuiError } from '../http/errors.ts';
import type { ModelIdentity } from '../renderer.ts';

/**
 * Takes a file name with or without folder and extension (either slash), and as other WebUIs show it, with a hash
 * behind it. What is more exact goes first, and letter case counts before it does not.
 * @param note follows where there is no such file
 * @throws WebuiError `webui-model-unknown` with the nearest name, or `webui-model-ambiguous` with the candidates
 */
export function matchCheckpoint(asked: string, files: readonly string[], note = ''): string {
  return matchFile(asked, files, (problem, ambiguous) =>
    webuiError(
      ambiguous ? 'webui-model-ambiguous' : 'webui-model-unknown',
      `"${asked}" is not a checkpoint in ComfyUI: ${problem}${ambiguous ? '' : note}`,
    ),
  );
}

/** What a tag calls the LoRA: as the server does, without the extension. @throws as {@link matchCheckpoint} */
export function nameOfLora(asked: string, files: readonly string[]): string {
  const file = matchFile(asked, files, (problem, ambiguous) =>
    webuiError(
      ambiguous ? 'webui-model-ambiguous' : 'webui-model-unknown',
      `"${asked}" is not a LoRA in ComfyUI: ${problem}`,
    ),
  );
  return withoutExtension(file);
}

/** @param failure makes the error out of the reason, which begins a sentence part and ends with a full stop */
export function matchFile(
  asked: string,
  files: readonly string[],
  failure: (problem: string, ambiguous: boolean) => Error,
): string {
  const found = candidatesFor(asked, files);
  const [only, ...others] = found;
  if (only === undefined) throw failure(`no file has that name.${hint(asked, files)}`, false);
  if (others.length === 0) return only;
  const list = found.map((file) => `"${file}"`).join(', ');
  throw failure(`${found.length} files have that name, ${list}; give one of these.`, true);
}

/** `name` as people call the model: the file name without folder and extension. ComfyUI knows no hashes. */
export function identityOf(file: string): ModelIdentity {
  const name = slashed(file).replace(/^.*\//, '');
  return { name: withoutExtension(name), file: name, hash: null };
}

type Fold = (text: string) => string;

function candidatesFor(asked: string, files: readonly string[]): readonly string[] {
  const word = withoutHash(slashed(asked.trim()));
  for (const fold of [(text: string) => text, (text: string) => text.toLowerCase()]) {
    for (const matches of MATCHES) {
      const found = files.filter((file) => matches(fold(word), fold(slashed(file)), fold));
      if (found.length > 0) return found;
    }
  }
  return [];
}

/** From exact to loose. A full path of the server ends in the name below the folder. */
const MATCHES: readonly ((word: string, file: string, fold: Fold) => boolean)[] = [
  (word, file) => word === file,
  (word, file) => word === withoutExtension(file),
  (word, file) => file.endsWith(`/${word}`) || withoutExtension(file).endsWith(`/${word}`),
  (word, file) => word.endsWith(`/${file}`),
];

function hint(asked: string, files: readonly string[]): string {
  const names = files.map(slashed);
  const bare = names.map((name) => withoutExtension(name.replace(/^.*\//, '')));
  const nearest = didYouMean(asked, [...names, ...names.map(withoutExtension), ...bare]);
  if (nearest !== '') return nearest;
  if (names.length === 0) return ' Its folder is empty.';
  const more = names.length > 10 ? ` and ${names.length - 10} more` : '';
  return ` It has ${names.slice(0, 10).join(', ')}${more}.`;
}

function withoutHash(title: string): string {
  return title.replace(/ \[[0-9a-f]+\]$/i, '');
}

function withoutExtension(path: string): string {
  return path.replace(/\.(safetensors|ckpt|pt|pth|bin|sft)$/i, '');
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/');
}
