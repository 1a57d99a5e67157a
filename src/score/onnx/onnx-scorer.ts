/** A scorer made of a manifest: picture and prompt through the graphs, and what comes out through the head. */
import { createHash } from 'node:crypto';
import { usageError } from '../../shared/errors.ts';
import type { Scorer, ScoreItem, ScoreResult } from '../scorer.ts';
import type { OnnxEngine, SharedGraph } from './engine.ts';
import { hashFileNow, hashOf } from '../../shared/hashes/file-hash.ts';
import { stamped } from '../../shared/hashes/stamp.ts';
import { flatnessOf } from './flatness.ts';
import { openHead, type ReadyHead } from './heads.ts';
import { filesOf, type Manifest } from './manifest.ts';
import { findFile, verifyFile, type FoundFile, type SearchPath } from './models-folder.ts';
import { preparePicture } from './preprocess/prepare.ts';
import type { Feed, Feeds } from './protocol.ts';
import { textEncoder, type EncodedText } from './text/encode.ts';
import { cleanPrompt } from './text/prompt.ts';

/** Grows when the same files could give another number. */
const REVISION = 1;
/** Prompts whose embedding is remembered. */
const MOST_PROMPTS = 256;

export interface OnnxScorerSettings {
  readonly manifest: Manifest;
  /** In place of the manifest's own. */
  readonly id?: string;
  /** Asked when files are needed: the environment may still change. */
  readonly folders: () => SearchPath;
  readonly engine: OnnxEngine;
}

interface Opened {
  readonly picture: SharedGraph;
  /** Names of the image graph's ends. */
  readonly ends: Ends;
  readonly text: SharedGraph | undefined;
  readonly encode: ((text: string) => EncodedText) | undefined;
  readonly head: ReadyHead;
  /** One object per prompt, for the graph to remember its embedding by. */
  readonly prompts: Map<string, object>;
}

/**
 * The raw value of the head, without its map. `version` reads all its files and throws what `open` would throw of missing ones.
 */
export function createOnnxScorer({
  manifest,
  id = manifest.id,
  folders,
  engine,
}: OnnxScorerSettings): Scorer {
  let opened: Opened | undefined;

  return {
    id,
    needsPrompt: manifest.text !== undefined || manifest.head.kind === 'tags',
    range: manifest.range,
    higherIsBetter: manifest.higherIsBetter,

    get version() {
      const hash = createHash('sha256').update(JSON.stringify(meaningOf(manifest)));
      for (const group of filesOf(manifest))
        hash.update(hashFileNow(stamped(findFile(group, folders(), manifest).path)));
      return `${manifest.id}/${REVISION}-${hash.digest('hex').slice(0, 12)}`;
    },

    async identify(signal) {
      for (const group of filesOf(manifest)) await hashOf(findFile(group, folders(), manifest).path, signal);
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
    if (pictureGraph === undefined) throw new Error('A manifest has a graph for the image.');
    const ends = checkEnds(manifest, pictureGraph, textGraph, ready);
    return { picture: pictureGraph, ends, text: textGraph, encode, head: ready, prompts: new Map() };
  } catch (error) {
    await Promise.all(graphs.map(async (graph) => graph.release()));
    throw error;
  }
}

function pathOf(files: readonly FoundFile[], group: readonly { readonly file: string }[]): string {
  return files.find(({ file }) => group.some((member) => member.file === file))?.path ?? '';
}

interface Ends {
  readonly input: string;
  readonly output: string;
}

/** The names of the manifest against those of the graphs, before a run instead of at its first picture. */
function checkEnds(
  manifest: Manifest,
  graph: SharedGraph,
  textGraph: SharedGraph | undefined,
  head: ReadyHead,
): Ends {
  const { picture, text } = manifest;
  const texts = text === undefined ? [] : [text.ids, ...(text.mask === undefined ? [] : [text.mask])];
  const beside = text?.graph === undefined ? texts : [];
  const input = picture.input ?? onlyOne(graph.inputs, beside) ?? '?';
  const output = picture.output ?? onlyOne(graph.outputs, []) ?? '?';
  checkGraph(manifest, graph, [input, ...beside], output);
  if (textGraph !== undefined) checkGraph(manifest, textGraph, texts, text?.output ?? '');
  const width = graph.outputs.find(({ name }) => name === output)?.shape.at(-1);
  if (typeof width === 'number' && width > 0 && head.width !== null && width !== head.width) {
    throw widthError(manifest, graph.file, output, width, head.width);
  }
  return { input, output };
}

function onlyOne(ends: SharedGraph['inputs'], without: readonly string[]): string | undefined {
  const [name, second] = ends.map((end) => end.name).filter((candidate) => !without.includes(candidate));
  return second === undefined ? name : undefined;
}

/** A mask that the graph does not take is no fault: it is left out. */
function checkGraph(
  manifest: Manifest,
  { file, inputs, outputs }: SharedGraph,
  given: readonly string[],
  output: string,
): void {
  const names = inputs.map(({ name }) => name);
  const needed = given.filter((name) => name !== manifest.text?.mask);
  if (needed.some((name) => !names.includes(name)) || names.some((name) => !given.includes(name))) {
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

function widthError(manifest: Manifest, file: string, output: string, width: number, taken: number): Error {
  return graphError(
    manifest,
    file,
    `its output "${output}" has ${width} numbers, but the head takes ${taken}`,
  );
}

function graphError({ id }: Manifest, file: string, what: string): Error {
  return usageError(
    'onnx-graph-ends',
    `${file} does not fit scorer "${id}": ${what}. Use the file the scorer names, or fix the manifest.`,
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
  const { ends } = opened;
  const prompt = cleanPrompt(item.prompt);
  const encoded = opened.encode?.(prompt);
  const own = text?.graph === undefined ? encoded : undefined;
  const settings = JSON.stringify([picture.profile, picture.layout, ends, own?.ids]);
  const seen = await opened.picture.compute(
    item.pixels.data,
    settings,
    () => ({
      [ends.input]: pictureFeed(item, manifest),
      ...(own === undefined ? {} : textFeeds(own, manifest, opened.picture)),
    }),
    ends.output,
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

function pictureFeed({ pixels }: ScoreItem, { picture: { layout, profile } }: Manifest): Feed {
  const { size } = profile;
  const dims = layout === 'nchw' ? [1, 3, size, size] : [1, size, size, 3];
  return { dims, data: preparePicture(pixels, profile, layout) };
}

function textFeeds({ ids, mask }: EncodedText, { text }: Manifest, { inputs }: SharedGraph): Feeds {
  const dims = [1, ids.length];
  const given = { [text?.ids ?? '']: ids, ...(text?.mask === undefined ? {} : { [text.mask]: mask }) };
  const taken = Object.entries(given).filter(([name]) => inputs.some((input) => input.name === name));
  return Object.fromEntries(taken.map(([name, values]) => [name, { dims, data: Int32Array.from(values) }]));
}

/** Graphs whose sides are open say only now how many numbers they give. */
function checkWidth(seen: Float32Array, manifest: Manifest, { head, picture, ends }: Opened): void {
  if (head.width === null || seen.length === head.width) return;
  throw widthError(manifest, picture.file, ends.output, seen.length, head.width);
}
