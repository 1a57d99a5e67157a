/**
 * Where Forge goes other ways than AUTOMATIC1111: the settings only note which checkpoint is wanted, and the next image
 * loads it; the alias that was posted stays for as long as the same file stays selected.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ModelFile } from '../models/model-folder.ts';
import type { Checkpoint, CheckpointTable } from './checkpoints.ts';
import { forgeError, repr } from './failures.ts';
import { startMemory } from './memory.ts';
import type { Memory } from './memory.ts';
import { completed } from './forge-parts.ts';
import type { OptionStore } from './option-store.ts';
import { text } from './pydantic.ts';

const CHECKPOINT = 'sd_model_checkpoint';
const MODULES = 'forge_additional_modules';

/** What Forge's ways act on in a server process. */
interface ForgeProcess {
  readonly table: CheckpointTable;
  readonly options: OptionStore;
  readonly memory: Memory;
  /** Paths of the text encoder and VAE files that it has. */
  readonly modules: readonly string[];
  /** What is in one of them; undefined where it is only a name. */
  readonly readModule: (path: string) => ModelFile | undefined;
  load(checkpoint: Checkpoint): void;
}

/** Nothing is read before the first image, so that no hash is known either. */
export function startForge({ table, options }: Pick<ForgeProcess, 'table' | 'options'>): Memory {
  const known = new Map(table.list.map((entry) => [entry, entry.sha256]));
  const memory = startMemory(table);
  memory.checkpoint.sha256 = known.get(memory.checkpoint) ?? null;
  options.set(CHECKPOINT, table.titles()[table.list.indexOf(memory.checkpoint)]);
  options.set('sd_checkpoint_hash', '');
  return memory;
}

/** `POST /sdapi/v1/options`: one key after the other; those before an unknown model are already set. */
export function noteOnForge(webui: ForgeProcess, settings: Readonly<Record<string, unknown>>): void {
  const { options } = webui;
  for (const [key, value] of Object.entries(settings)) {
    if (isDeepStrictEqual(value, options.get(key))) continue;
    if (key === CHECKPOINT) noteCheckpoint(webui, value);
    else if (key === MODULES) noteModules(webui, value);
    else options.set(key, value);
  }
}

/** What happens before each image. @throws the 500 of a file that cannot be loaded: only now is it noticed */
export function loadOnForge(webui: ForgeProcess): void {
  const { memory, options, table } = webui;
  // A load that failed has left nothing behind that could be kept.
  if (memory.damaged) memory.contents = { ...memory.contents, path: '' };
  const wanted = table.byClosestMatch(options.get(CHECKPOINT)) ?? table.first;
  webui.load(wanted);
  try {
    const model = completed(memory.contents.tensors, selectedModules(webui));
    if (model !== memory.contents.tensors) memory.model = model;
  } catch (error) {
    memory.damaged = true;
    throw error;
  }
  wanted.sha256 = memory.contents.sha256;
  options.set('sd_checkpoint_hash', memory.contents.sha256);
}

function selectedModules({ options, readModule }: ForgeProcess): ModelFile[] {
  const paths = options.get(MODULES);
  return Array.isArray(paths) ? paths.flatMap((path) => readModule(String(path)) ?? []) : [];
}

function noteCheckpoint({ table, options }: ForgeProcess, value: unknown): void {
  if (value === null) return;
  const wanted = table.byAlias(value);
  if (wanted === undefined) {
    throw forgeError('RuntimeError', `model ${repr(text(value) ?? JSON.stringify(value))} not found`);
  }
  if (wanted !== table.byClosestMatch(options.get(CHECKPOINT))) options.set(CHECKPOINT, value);
}

/** By the names of the files; those that are not there are dropped without a word. */
function noteModules({ modules, options }: ForgeProcess, value: unknown): void {
  const names = Array.isArray(value) ? value.map((one) => String(one).replace(/^.*[\\/]/, '')) : [];
  const found = names.flatMap((name) => modules.filter((path) => path.endsWith(`/${name}`)));
  options.set(MODULES, found);
}
