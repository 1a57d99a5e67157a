/** Finds the checkpoint that a person means among those of the server. */
import { didYouMean } from '../../shared/nearest-name.ts';
import type { ModelIdentity } from '../renderer.ts';
import { webuiError } from '../http/errors.ts';
import type { ServerModel } from './schemas.ts';

/**
 * Takes a title with or without its hash, a file name with or without folder and extension (either slash), the short
 * hash, or the sha256 (at least 10 digits). What is more exact goes first, and letter case counts before it does not.
 * @throws WebuiError `webui-model-unknown` with the nearest name, or `webui-model-ambiguous` with the candidates
 */
export function matchModel(asked: string, models: readonly ServerModel[]): ServerModel {
  const candidates = candidatesFor(asked, models);
  const [only, ...others] = candidates;
  if (only === undefined) {
    const names = models.map(fileOf);
    throw webuiError('webui-model-unknown', `The WebUI has no model "${asked}".${hint(asked, names)}`);
  }
  if (others.length > 0) {
    const list = candidates.map(({ title }) => `"${title}"`).join(', ');
    throw webuiError(
      'webui-model-ambiguous',
      `"${asked}" is the name of ${candidates.length} models in the WebUI: ${list}; give one of these titles.`,
    );
  }
  return only;
}

/** Two names for one file, or two files with one content: there is nothing to merge. */
export function assertDifferent(modelA: ServerModel, modelB: ServerModel): void {
  const sameContent = typeof modelA.sha256 === 'string' && modelA.sha256 === modelB.sha256;
  if (modelA.filename !== modelB.filename && !sameContent) return;
  throw webuiError(
    'webui-same-model',
    `Model A and model B are the same ${sameContent ? 'model' : 'file'} ("${modelA.title}"${sameContent ? ` and "${modelB.title}"` : ''}); choose two different ones.`,
  );
}

/** File name with extension, without folder. */
export function fileOf(model: ServerModel): string {
  return slashed(model.filename).replace(/^.*\//, '');
}

/** The name that stays the same when the server learns the hash: the path below the checkpoint folder. */
export function stableNameOf(model: ServerModel): string {
  return withoutHash(model.title);
}

/** A title as it was before the server had computed the hash. */
export function withoutHash(title: string): string {
  return title.replace(/ \[[0-9a-f]+\]$/i, '');
}

/**
 * The files that a selected text can mean. On Forge it is not always a title: the alias that was posted last stays there
 * (a name without its extension, a short title, a hash), for selecting the same file again changes nothing.
 */
export function meantBy(selected: string, models: readonly ServerModel[]): readonly ServerModel[] {
  const text = slashed(selected);
  const exact = models.filter(({ title }) => slashed(title) === text);
  if (exact.length > 0) return exact;
  const byHash = models.filter(({ hash, sha256 }) => [hash, sha256].includes(text.toLowerCase()));
  if (byHash.length > 0) return byHash;
  const name = withoutHash(text);
  const named = models.filter((model) => {
    const path = slashed(stableNameOf(model));
    const file = fileOf(model);
    return [path, withoutExtension(path), file, withoutExtension(file), model.model_name].includes(name);
  });
  // The hash tells namesakes apart; alone it contradicts nothing, for the server may have computed it again.
  const digits = / \[([0-9a-f]+)\]$/i.exec(text)?.[1]?.toLowerCase();
  const exactly = named.filter(({ sha256 }) => digits !== undefined && (sha256 ?? '').startsWith(digits));
  return exactly.length > 0 ? exactly : named;
}

/** `name` as `info.sd_model_name` has it: the file name without folder and extension. */
export function identityOf(model: ServerModel): ModelIdentity {
  const { filename, hash } = model;
  return { name: withoutExtension(fileOf(model)), file: fileOf(model), hash: hash ?? null, path: filename };
}

/** Replies name a checkpoint by its file; with folders, the list of models has another name for it. */
export function replyNamesOf(model: ServerModel): readonly string[] {
  return [...new Set([identityOf(model).name, model.model_name])];
}

/**
 * model-mixer lists its merge as a checkpoint with a formula for a title, whose file does not exist: selecting it would
 * be answered with success and spoil the model in memory.
 */
export function isMadeInMemory(title: string): boolean {
  return / x alpha_\d+\b/.test(title);
}

function candidatesFor(asked: string, models: readonly ServerModel[]): readonly ServerModel[] {
  for (const fold of [(text: string) => text, (text: string) => text.toLowerCase()]) {
    const word = fold(slashed(asked.trim()));
    for (const matches of MATCHES) {
      const found = models.filter((model) => matches(word, model, fold));
      if (found.length > 0) return found;
    }
  }
  return [];
}

type Fold = (text: string) => string;
type Match = (word: string, model: ServerModel, fold: Fold) => boolean;

/** From exact to loose. */
const MATCHES: readonly Match[] = [
  (word, { title, filename }, fold) => word === fold(slashed(title)) || word === fold(slashed(filename)),
  (word, { hash, sha256 }) => {
    const digits = word.toLowerCase();
    return digits === hash || (/^[0-9a-f]{10,64}$/.test(digits) && (sha256 ?? '').startsWith(digits));
  },
  (word, model, fold) => {
    const path = fold(slashed(stableNameOf(model)));
    return word === path || word === withoutExtension(path) || word === fold(model.model_name);
  },
  (word, { filename }, fold) => endsAtFolder(fold(slashed(filename)), word),
  (word, { filename }, fold) => endsAtFolder(withoutExtension(fold(slashed(filename))), word),
  // A title with its hash, before the server has computed the hash itself.
  (word, model, fold) =>
    model.hash === null &&
    withoutHash(word) !== word &&
    withoutHash(word) === fold(slashed(stableNameOf(model))),
];

function endsAtFolder(path: string, word: string): boolean {
  return path === word || path.endsWith(`/${word}`);
}

function hint(asked: string, names: readonly string[]): string {
  const nearest = didYouMean(asked, [...names, ...names.map(withoutExtension)]);
  if (nearest !== '') return nearest;
  const shown = names.slice(0, 10).join(', ');
  return names.length === 0
    ? ' Its checkpoint folder is empty.'
    : ` It has ${shown}${names.length > 10 ? ` and ${names.length - 10} more` : ''}.`;
}

function withoutExtension(path: string): string {
  return path.replace(/\.(safetensors|ckpt|pt|pth|bin)$/i, '');
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/');
}
