/** A scorer made of a manifest: picture and prompt through the graphs, and what comes out through the head. */
import { createHash } from 'node:crypto';
import { usageError } from '../../errors.ts';
import type { Scorer, ScoreItem, ScoreResult } from '../scorer.ts';
import type { OnnxEngine, SharedGraph } from './engine.ts';
import { fileHashNow } from './file-hash.ts';
import { flatnessOf } from './flatness.ts';
import { openHead, type ReadyHead } from './heads.ts';
import { filesOf, type Manifest } from './manifest.ts';
import { findFile, verifyFile, type FoundFile, type SearchPath } from './models-folder.ts';
import { preparePicture } from './preprocess/prepare.ts';
import type { Feeds } from './protocol.ts';
import { textEncoder, type EncodedText } from './text/encode.ts';
import { cleanPrompt } from './text/prompt.ts';

/** Grows when the same files could give another number. */
const REVISION = 1;
/** Prompts whose embedding is remembered. */
const MOST_PROMPTS = 256;

export interface OnnxScorerSettings {
  readonly manifest: Manifest;
  /** Asked when files are needed: the environment may still change. */
  readonly folders: () => SearchPath;
  readonly engine: OnnxEngine;
}

interface Opened {
  readonly picture: SharedGraph;
  readonly text: SharedGraph | undefined;
  readonly encode: ((text: string) => EncodedText) | undefined;
  readonly head: ReadyHead;
  /** One object per prompt, for the graph to remember its embedding by. */
  readonly prompts: Map<string, object>;
}

/**
 * The raw value of the head, without its map. `version` reads all its files and throws what `open` would throw of missing ones.
 */
export function createOnnxScorer({ manifest, folders, engine }: OnnxScorerSettings): Scorer {
  let opened: Opened | undefined;

  return {
    id: manifest.id,
    needsPrompt: manifest.text !== undefined || manifest.head.kind === 'tags',
    range: manifest.range,
    higherIsBetter: manifest.higherIsBetter,

    get version() {
      const hash = createHash('sha256').update(JSON.stringify(meaningOf(manifest)));
      for (const group of filesOf(manifest))
        hash.update(fileHashNow(findFile(group, folders(), manifest).path));
      return `${manifest.id}/${REVISION}-${hash.digest('hex').slice(0, 12)}`;
    },

    async open(signal) {
      opened ??= await openAll(manifest, folders(), engine, signal);
    },

    async score(items, signal) {
      const parts = opened;
      if (parts === undefined) throw new Error(`Scorer ${manifest.id} is not open.`);
      const results: ScoreResult[] = [];
      for (const item of items) {
        signal.throwIfAborted();
        results.push(await scoreItem(item, manifest, parts, signal));
      }
      return results;
    },

    async close() {
      const parts = opened;
      opened = undefined;
      await Promise.all([parts?.picture.release(), parts?.text?.release()]);
    },
  };
}

/** What changes a score; words for people do not. */
function meaningOf({ picture, text, head }: Manifest): unknown {
  return { picture, text, head };
}

async function openAll(
  manifest: Manifest,
  folders: SearchPath,
  engine: OnnxEngine,
  signal: AbortSignal,
): Promise<Opened> {
  const files = filesOf(manifest).map((group) => findFile(group, folders, manifest));
  for (const file of files) await verifyFile(file, signal);
  const { picture, text, head } = manifest;
  const encode =
    text === undefined ? undefined : textEncoder(pathOf(files, [text.tokenizer]), text.tokenizer);
  const headFiles = head.kind === 'layers' ? head.files : head.kind === 'tags' ? [head] : [];
  const ready = openHead(head, headFiles.length === 0 ? null : pathOf(files, headFiles));
  const graphs: SharedGraph[] = [];
  try {
    for (const graph of [picture.graph, text?.graph]) {
      if (graph !== undefined) graphs.push(await engine.acquire(pathOf(files, [graph]), signal));
    }
    const [pictureGraph, textGraph] = graphs;
    if (pictureGraph === undefined) throw new Error('A manifest has a graph for the picture.');
    checkEnds(manifest, pictureGraph, textGraph, ready);
    return { picture: pictureGraph, text: textGraph, encode, head: ready, prompts: new Map() };
  } catch (error) {
    await Promise.all(graphs.map(async (graph) => graph.release()));
    throw error;
  }
}

function pathOf(files: readonly FoundFile[], group: readonly { readonly file: string }[]): string {
  return files.find(({ file }) => group.some((member) => member.file === file))?.path ?? '';
}

/** The names of the manifest against those of the graph, before a run instead of at its first picture. */
function checkEnds(
  manifest: Manifest,
  picture: SharedGraph,
  text: SharedGraph | undefined,
  head: ReadyHead,
): void {
  const { picture: shown, text: read } = manifest;
  const texts = read === undefined ? [] : [read.ids, ...(read.mask === undefined ? [] : [read.mask])];
  const inPicture = [shown.input, ...(read?.graph === undefined ? texts : [])];
  checkGraph(manifest, picture, inPicture, shown.output, read?.mask);
  if (text !== undefined) checkGraph(manifest, text, texts, read?.output ?? '', read?.mask);
  const width = picture.outputs.find(({ name }) => name === shown.output)?.shape.at(-1);
  if (typeof width === 'number' && width > 0 && head.width !== null && width !== head.width) {
    throw graphError(
      manifest,
      picture.file,
      `its output "${shown.output}" has ${width} numbers, but the head takes ${head.width}`,
    );
  }
}

function checkGraph(
  manifest: Manifest,
  { file, inputs, outputs }: SharedGraph,
  given: readonly string[],
  output: string,
  mask: string | undefined,
): void {
  const names = inputs.map(({ name }) => name);
  const unknown = given.filter((name) => !names.includes(name) && name !== mask);
  const open = names.filter((name) => !given.includes(name));
  if (unknown.length > 0 || open.length > 0) {
    throw graphError(
      manifest,
      file,
      `its inputs are ${listed(names)}, but the manifest gives ${listed(given)}`,
    );
  }
  if (!outputs.some(({ name }) => name === output)) {
    const there = listed(outputs.map(({ name }) => name));
    throw graphError(manifest, file, `its outputs are ${there}, but the manifest reads "${output}"`);
  }
}

function graphError({ id }: Manifest, file: string, what: string): Error {
  return usageError(
    'onnx-graph-ends',
    `${file} does not fit scorer "${id}": ${what}. Take the file that the scorer names, or mend the manifest.`,
  );
}

function listed(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

async function scoreItem(
  item: ScoreItem,
  manifest: Manifest,
  opened: Opened,
  signal: AbortSignal,
): Promise<ScoreResult> {
  const reason = flatnessOf(item.pixels);
  if (reason !== undefined) return { state: 'invalid', reason };
  const { picture, text } = manifest;
  const prompt = cleanPrompt(item.prompt);
  const encoded = opened.encode?.(prompt);
  const own = text?.graph === undefined ? encoded : undefined;
  const settings = JSON.stringify([picture.profile, picture.layout, picture.input, picture.output, own?.ids]);
  const seen = await opened.picture.compute(
    item.pixels.data,
    settings,
    () => ({
      ...pictureFeeds(item, manifest),
      ...(own === undefined ? {} : textFeeds(own, manifest, opened.picture)),
    }),
    picture.output,
    signal,
  );
  const read = await readPrompt(prompt, encoded, manifest, opened, signal);
  checkWidth(seen, manifest, opened);
  return opened.head.judge({ picture: seen, text: read, item });
}

async function readPrompt(
  prompt: string,
  encoded: EncodedText | undefined,
  manifest: Manifest,
  { text: graph, prompts }: Opened,
  signal: AbortSignal,
): Promise<Float32Array> {
  const output = manifest.text?.output;
  if (graph === undefined || encoded === undefined || output === undefined) return new Float32Array(0);
  const subject = prompts.get(prompt) ?? {};
  if (prompts.size < MOST_PROMPTS) prompts.set(prompt, subject);
  return graph.compute(subject, output, () => textFeeds(encoded, manifest, graph), output, signal);
}

function pictureFeeds({ pixels }: ScoreItem, { picture: { input, layout, profile } }: Manifest): Feeds {
  const { size } = profile;
  const dims = layout === 'nchw' ? [1, 3, size, size] : [1, size, size, 3];
  return { [input]: { dims, data: preparePicture(pixels, profile, layout) } };
}

function textFeeds({ ids, mask }: EncodedText, { text }: Manifest, { inputs }: SharedGraph): Feeds {
  const dims = [1, ids.length];
  const given = { [text?.ids ?? '']: ids, ...(text?.mask === undefined ? {} : { [text.mask]: mask }) };
  const taken = Object.entries(given).filter(([name]) => inputs.some((input) => input.name === name));
  return Object.fromEntries(taken.map(([name, values]) => [name, { dims, data: Int32Array.from(values) }]));
}

/** Graphs whose sides are open say only now how many numbers they give. */
function checkWidth(seen: Float32Array, manifest: Manifest, { head: { width }, picture }: Opened): void {
  if (width === null || seen.length === width) return;
  throw graphError(
    manifest,
    picture.file,
    `its output "${manifest.picture.output}" has ${seen.length} numbers, but the head takes ${width}`,
  );
}
