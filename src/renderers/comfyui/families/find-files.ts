/** Text encoders and VAE for a network: as asked for, or the only ones of the server that fit by their names. */
import { usageError, type AutombwError } from '../../../shared/errors.ts';
import type { GraphNode } from '../graph/graph.ts';
import { matchFile } from '../models.ts';
import type { Drawing, EncoderSet } from './family.ts';
import * as kinds from './files.ts';
import type { FileKind } from './files.ts';

export interface PartLists {
  readonly textEncoders: readonly string[];
  readonly vaes: readonly string[];
}

/** `Flux.1`, for messages. */
interface Wanted {
  readonly title: string;
  /** As people name them; undefined = they are looked for. */
  readonly asked: readonly string[] | undefined;
}

/**
 * @returns the node that loads them
 * @throws usage error `model-parts`, with what there is
 */
export function encoderLoader(drawing: Drawing, { title, asked }: Wanted, lists: PartLists): GraphNode {
  const { textEncoders: list } = lists;
  if (drawing.encoders.length === 0) {
    throw partsError(
      `${title} is a single file that ComfyUI loads as a checkpoint: put the models in its checkpoints folder.`,
    );
  }
  if (asked !== undefined && asked.length > 0) {
    const set = drawing.encoders.find(({ files }) => files.length === asked.length);
    const files = asked.map((name) =>
      matchFile(name, list, (problem) =>
        partsError(`"${name}" is not a text encoder in ComfyUI: ${problem}`),
      ),
    );
    if (set !== undefined) return loaderOf(set, files);
    throw partsError(
      `${title} takes ${drawing.encoders.map(inWords).join(', or ')}, so give --text-encoder once for each, not ${asked.length === 1 ? 'once' : `${asked.length} times`}.`,
    );
  }
  for (const set of drawing.encoders) {
    const files = theOnly(set.files, list);
    if (files !== undefined) return loaderOf(set, files);
  }
  throw partsError(
    `${title} needs text encoders: ${drawing.encoders.map(inWords).join(', or ')}. They cannot be identified by file name: give --text-encoder once for each. ${listed('ComfyUI has', list)}`,
  );
}

/**
 * @returns the file's name
 * @throws usage error `model-parts`, with what there is
 */
export function vaeFile(
  { vae }: Drawing,
  { title, asked }: { readonly title: string; readonly asked: string | undefined },
  { vaes }: PartLists,
): string {
  if (asked !== undefined) {
    return matchFile(asked, vaes, (problem) => partsError(`"${asked}" is not a VAE in ComfyUI: ${problem}`));
  }
  const [found] = theOnly([vae], vaes) ?? [];
  if (found !== undefined) return found;
  throw partsError(
    `${title} needs ${vae.title}, which cannot be identified by file name: give it with --vae. ${listed('ComfyUI has', vaes)}`,
  );
}

/** The one file of each kind; undefined where one of them has none or several. */
function theOnly(wanted: readonly FileKind[], list: readonly string[]): string[] | undefined {
  const found = wanted.map((kind) => list.filter((file) => isOf(kind, file)));
  // Where there are no more files than are needed, one with a name that says nothing can only be the one that is still missing.
  const missing = found.findIndex((files) => files.length === 0);
  const files = list.filter((file) => !NO_FILE.test(nameOf(file)));
  const others = files.filter((file) => !ALL.some((kind) => isOf(kind, file)));
  if (missing !== -1 && others.length === 1 && files.length === wanted.length) found[missing] = others;
  const only = found.flatMap((files) => (files.length === 1 ? files : []));
  return only.length === wanted.length ? only : undefined;
}

const ALL: readonly FileKind[] = Object.values(kinds);
/** Small decoders for previews stand in the list of VAEs too, and ComfyUI's own entry. */
const NO_FILE = /^(tae|pixel_space$)|approx/;

function isOf({ names }: FileKind, file: string): boolean {
  return names.test(nameOf(file));
}

function nameOf(file: string): string {
  const name = file.replaceAll('\\', '/').replace(/^.*\//, '');
  return name.replace(/\.(safetensors|sft|pt|pth|bin|gguf)$/i, '').toLowerCase();
}

/** Inputs are called `clip_name`, or `clip_name1` and so on where there are several. */
function loaderOf({ files: { length }, type }: EncoderSet, files: readonly string[]): GraphNode {
  const named = files.map((file, i) => [length === 1 ? 'clip_name' : `clip_name${i + 1}`, file] as const);
  return {
    class_type: LOADERS[length - 1] ?? 'QuadrupleCLIPLoader',
    inputs: { ...Object.fromEntries(named), ...(type !== undefined && { type }) },
  };
}

/** By the number of files. */
const LOADERS = ['CLIPLoader', 'DualCLIPLoader', 'TripleCLIPLoader', 'QuadrupleCLIPLoader'] as const;

function inWords({ files }: EncoderSet): string {
  return files.map(({ title }) => title).join(' and ');
}

function listed(words: string, files: readonly string[]): string {
  return files.length === 0 ? 'Its folder is empty.' : `${words} ${files.join(', ')}.`;
}

function partsError(message: string): AutombwError {
  return usageError('model-parts', message);
}
