/** Where on this machine the files of LoRAs lie that a search names. */
import fs from 'node:fs';
import path from 'node:path';
import { findLocally } from '../local-path.ts';
import type { LoraArgument } from './argument.ts';
import { loraArgument, type SearchedLora } from './searched-loras.ts';

export interface LoraPlace {
  /** The folder of LoRAs, where a person has given it; otherwise it is looked for beside that of the model. */
  readonly loraDir: string | undefined;
  /** Path of a model of the same WebUI. */
  readonly model: string;
}

/** As the WebUIs call the folder, beside that of the checkpoints. */
const FOLDER_NAMES = ['Lora', 'loras', 'LoRA', 'Loras', 'lora'];
/** A checkpoint may lie in a subfolder of the checkpoint folder. */
const MOST_PARENTS = 4;

/** @returns one sentence where one of them is not there */
export function findLoraFiles(
  loras: readonly SearchedLora[],
  place: LoraPlace,
): readonly LoraArgument[] | { readonly missing: string } {
  const folder = place.loraDir ?? folderBeside(place.model);
  if (folder === undefined || !isFolder(folder)) {
    return {
      missing:
        folder === undefined
          ? 'the LoRA folder is not known: give it with --lora-dir.'
          : `the folder in --lora-dir, ${folder}, does not exist: give the LoRA folder of the WebUI as a path on this machine.`,
    };
  }
  const found: LoraArgument[] = [];
  for (const lora of loras) {
    const file = findLocally(lora.name, folder);
    if (file === undefined)
      return {
        missing: `no safetensors file named ${lora.name} was found in ${folder} or its subfolders: give the LoRA folder of the WebUI with --lora-dir.`,
      };
    found.push(loraArgument(lora, file));
  }
  return found;
}

/** @param place the model undefined where it is not on this machine. @returns undefined where the LoRA is not here */
export function findLoraFile(
  name: string,
  { loraDir, model }: { readonly loraDir: string | undefined; readonly model: string | undefined },
): string | undefined {
  const folder = loraDir ?? (model === undefined ? undefined : folderBeside(model));
  return folder !== undefined && isFolder(folder) ? findLocally(name, folder) : undefined;
}

function isFolder(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function folderBeside(model: string): string | undefined {
  let at = path.dirname(path.resolve(model));
  for (let n = 0; n < MOST_PARENTS; n++) {
    const found = FOLDER_NAMES.map((name) => path.join(at, name)).find((folder) => fs.existsSync(folder));
    if (found !== undefined) return found;
    at = path.dirname(at);
  }
  return undefined;
}
