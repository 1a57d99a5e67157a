/**
 * Servers name models, and many say nothing of what is in the files: another file under an old name would be merged in the middle of a run, or
 * when it goes on, without a word. What lies on this machine is known by its content.
 */
import path from 'node:path';
import { findLoraFile } from '../checkpoints/lora/find-files.ts';
import { splitLora } from '../checkpoints/lora/searched-loras.ts';
import { localPath } from '../checkpoints/local-path.ts';
import { byteSize } from '../shared/byte-size.ts';
import { runError, usageError } from '../shared/errors.ts';
import { isReadFailure } from '../shared/files/read-file.ts';
import { hashFile, isHashKnown } from '../shared/hashes/file-hash.ts';
import { isUnchanged, sizeIn, stamped, type StampedFile } from '../shared/hashes/stamp.ts';
import { isOwnMachine } from '../shared/http/own-machine.ts';
import { asFoundBeforeRun } from './http/errors.ts';
import { overlay } from './overlay.ts';
import type { LocalModels, ModelIdentity, Renderer, ServerReport } from './renderer.ts';

export interface PlacesHere {
  /** Of the server. */
  readonly url: string;
  /** Its folders as paths of this machine. */
  readonly modelsDir?: string | undefined;
  readonly loraDir?: string | undefined;
  /** Searched LoRAs, as people name them: `detail`, `detail@IN*` … */
  readonly loras?: readonly string[] | undefined;
}

/** As many digits as WebUIs show. */
const SHORT_HASH = 10;
/** Bytes that take so long to read that people are told what is going on. */
const TOLD_FROM = 2 ** 30;

interface Known extends StampedFile {
  readonly hash: string;
}
type Files = ReadonlyMap<string, Known>;

/**
 * The report has the hash of every model and searched LoRA whose file is here, and each image is drawn only while these are what they were.
 * @throws from `open` usage error `model-files` where files that are merged here are not those that the server has; from `render` run error
 * `models-changed`
 */
export function withFilesHere(renderer: Renderer, places: PlacesHere): Renderer {
  /** By path. */
  let known: Files = new Map();
  const whole = (report: ServerReport): ServerReport =>
    identified(report, placesOf(report, renderer.localModels, places), known);
  return overlay(renderer, {
    async open(signal) {
      const report = await renderer.open(signal);
      try {
        const files = placesOf(report, renderer.localModels, places);
        known = await readAll(files, (sentence) => renderer.onWarning?.(sentence), signal);
        if (renderer.localModels !== undefined) requireServed(report, renderer.localModels, known);
      } catch (error) {
        await renderer.close();
        throw asFoundBeforeRun(error);
      }
      return whole(report);
    },
    async report(signal) {
      const report = await renderer.report?.(signal);
      return report && whole(report);
    },
    async *render(job, signal) {
      known = await requireSame(known, signal);
      yield* renderer.render(job, signal);
    },
  });
}

interface Place {
  readonly name: string;
  readonly file: string | undefined;
}

/** Where each file of a report lies here. */
interface Places {
  readonly a: string | undefined;
  readonly b: string | undefined;
  /** Model C and further ones, then LoRAs. */
  readonly others: readonly Place[];
}

function placesOf(
  { modelA, modelB }: ServerReport,
  merged: LocalModels | undefined,
  { loras = [], ...places }: PlacesHere,
): Places {
  const a = merged?.a ?? findHere(modelA, places);
  const further = (merged?.others ?? []).map((file) => ({ name: path.basename(file), file }));
  const bases = [...new Set(loras.map((name) => splitLora(name).base))];
  const named = bases.map((base) => ({
    // The same on every server, whatever is found there.
    name: `${base.replace(/^.*[\\/]/, '').replace(/\.safetensors$/i, '')}.safetensors`,
    file: findLoraFile(base, { loraDir: places.loraDir, model: a }),
  }));
  return { a, b: merged?.b ?? findHere(modelB, places), others: [...further, ...named] };
}

/** As ComfyUI calls the folders of models, below the one that holds them all. */
const MODEL_FOLDERS = ['', 'checkpoints', 'diffusion_models', 'unet'];

function findHere(model: ModelIdentity, { url, modelsDir, loraDir }: PlacesHere): string | undefined {
  const served = model.path ?? model.file;
  const isServedFromHere =
    path.isAbsolute(served) && URL.canParse(url) && isOwnMachine(new URL(url).hostname);
  const folders = modelsDir === undefined ? [] : MODEL_FOLDERS.map((name) => path.join(modelsDir, name));
  // Model B can be a LoRA.
  const all = [...folders, ...(loraDir === undefined ? [] : [loraDir])];
  const found = all.map((folder) => localPath(served, folder)).find((file) => file !== undefined);
  return found ?? (isServedFromHere ? localPath(served, undefined) : undefined);
}

async function readAll(
  { a, b, others }: Places,
  tell: (sentence: string) => void,
  signal: AbortSignal,
): Promise<Files> {
  const paths = new Set([a, b, ...others.map(({ file }) => file)].filter((file) => file !== undefined));
  const files = [...paths].map((file) => stamped(file));
  const unread = files.filter((file) => !isHashKnown(file));
  const bytes = unread.reduce((sum, file) => sum + sizeIn(file), 0);
  if (bytes >= TOLD_FROM) {
    const names = unread.map((file) => path.basename(file.path)).join(', ');
    tell(`Reading ${names} (${byteSize(bytes)}) once, so that a file that is replaced later is noticed.`);
  }
  const read = await Promise.all(files.map(async (file) => lookAt(file, signal)));
  return new Map(read.filter((file) => file !== undefined).map((file) => [file.path, file]));
}

/** Undefined for a file that cannot be read: whoever needs it says so. */
async function lookAt(file: StampedFile, signal: AbortSignal): Promise<Known | undefined> {
  try {
    return { ...file, hash: (await hashFile(file, signal)).slice(0, SHORT_HASH) };
  } catch (error) {
    if (isReadFailure(error)) return undefined;
    throw error;
  }
}

function identified(report: ServerReport, { a, b, others }: Places, known: Files): ServerReport {
  const withHash = (model: ModelIdentity, file: string | undefined): ModelIdentity =>
    model.hash === null ? { ...model, hash: hashAt(file, known) } : model;
  const further = others.map(({ name, file }) => ({
    name: name.replace(/\.safetensors$/i, ''),
    file: name,
    hash: hashAt(file, known),
    ...(file !== undefined && { path: file }),
  }));
  return {
    ...report,
    modelA: withHash(report.modelA, a),
    modelB: withHash(report.modelB, b),
    ...(further.length > 0 && { others: further }),
  };
}

function hashAt(file: string | undefined, known: Files): string | null {
  return (file === undefined ? undefined : known.get(file)?.hash) ?? null;
}

/** What is merged here is model A and B of these files, whatever the server has under their names. */
function requireServed({ modelA, modelB }: ServerReport, { a, b }: LocalModels, known: Files): void {
  for (const [{ file, hash: served }, here] of [
    [modelA, a],
    [modelB, b],
  ] as const) {
    const own = hashAt(here, known);
    // A shorter one is of another kind.
    if (served === null || served.length < SHORT_HASH || own === null) continue;
    if (served.toLowerCase().startsWith(own)) continue;
    throw usageError(
      'model-files',
      `The WebUI's ${file} has the hash ${served}, but ${here}, which would be merged, has ${own}: give the WebUI's own checkpoint folder with --models-dir, or refresh the WebUI's list of checkpoints if the file was replaced.`,
    );
  }
}

/** @returns the files with their current stamps: one may have been rewritten with the same content. @throws run error `models-changed` */
async function requireSame(known: Files, signal: AbortSignal): Promise<Files> {
  const changed = [...known.values()].filter((file) => !isUnchanged(file));
  if (changed.length === 0) return known;
  const now = new Map(known);
  for (const before of changed) {
    const found = await lookAt(stamped(before.path), signal);
    // A drive that is away for a moment: the server says what it cannot read.
    if (found === undefined) continue;
    if (found.hash !== before.hash) {
      throw runError(
        'models-changed',
        `${before.path} was replaced or written to during the run: restore the original file and resume, or start a new search.`,
        { endsRun: true },
      );
    }
    now.set(before.path, found);
  }
  return now;
}
