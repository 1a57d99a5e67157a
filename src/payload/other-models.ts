/**
 * Settings and arguments of scripts that bring a model of their own. An image of another model is the worst that can happen
 * to a search: it is scored, and nobody sees it.
 */
import { isNothing } from './nothing.ts';

export interface Findings {
  /** Each to follow `remove `. */
  readonly refused: readonly string[];
  /** What may be a model of its own, in sentences. */
  readonly warnings: readonly string[];
}

const DECIDES = 'the search decides which model makes the images';

export function findOtherModels(body: Readonly<Record<string, unknown>>): Findings {
  const refused: string[] = [];
  const warnings: string[] = [];
  for (const [key, value] of entriesOf(body['override_settings'])) overridden(key, value, refused, warnings);
  const parts = body['enable_hr'] === true ? namedParts(body['hr_additional_modules']) : [];
  if (parts.length > 0) warnings.push(otherPart('hr_additional_modules', parts));
  for (const [title, value] of entriesOf(body['alwayson_scripts'])) {
    const args = argumentsOf(value);
    inScript({ title, where: `alwayson_scripts.${title}`, args }, refused, warnings);
  }
  const title = body['script_name'];
  if (typeof title === 'string') {
    inScript({ title, where: `script_args of "${title}"`, args: body['script_args'] }, refused, warnings);
  }
  return { refused, warnings };
}

/** Settings of the server, by how they bear on the image. */
const MODEL_SETTINGS = /^sd_(?:model_checkpoint|checkpoint.*|unet|model_refiner|refiner_checkpoint)$/;
const PART_SETTINGS = /^(?:sd_vae|sd_text_encoder|forge_additional_modules|sd_hypernetwork|sd_lora)$/;
/** Values that say "what belongs to the model". */
const OWN_PART = /^(?:none|automatic|default|use same .*|)$/i;

function overridden(key: string, value: unknown, refused: string[], warnings: string[]): void {
  const isCount = typeof value === 'number' || typeof value === 'boolean';
  if (MODEL_SETTINGS.test(key) && !isCount) refused.push(`"override_settings.${key}", ${DECIDES}`);
  const parts = namedParts(value);
  if (PART_SETTINGS.test(key) && parts.length > 0)
    warnings.push(otherPart(`override_settings.${key}`, parts));
}

function namedParts(value: unknown): string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  return all.filter((part): part is string => typeof part === 'string' && !OWN_PART.test(part.trim()));
}

function otherPart(key: string, parts: readonly string[]): string {
  return `"${key}" makes these images with ${shown(parts.join(', '))} instead of those of the merged model.`;
}

interface Script {
  readonly title: string;
  readonly where: string;
  readonly args: unknown;
}

/** Scripts that merge checkpoints or select one: their first argument switches them on. */
const MERGERS = /merge|mixer|mbw|block weight.*checkpoint/i;
const REFINER = /^refiner$/i;
const PLOT = /^(?:x\/y\/z|x\/y|xyz|xy)[ _-]?(?:plot|grid)?$/i;
/** Scripts whose files are no checkpoints: ControlNet, motion modules, LoRAs, detectors. */
const OTHER_FILES =
  /control ?net|animatediff|ip-?adapter|additional networks|lora|lycoris|embedding|detailer|upscal|segment|reactor|roop|faceswap/i;
const AXES = /^(?:checkpoint name|refiner checkpoint|hires checkpoint|checkpoint|unet)$/i;
const FILE = /(?:\.(?:safetensors|ckpt|gguf|pt)|\s\[[0-9a-f]{8,64}\])\s*$/i;

function inScript({ title, where, args }: Script, refused: string[], warnings: string[]): void {
  const list: readonly unknown[] = Array.isArray(args) ? args : [args];
  const isOff = list[0] === false;
  if (PLOT.test(title)) {
    inPlot(where, list, refused, warnings);
    return;
  }
  if (isOff) return;
  if (REFINER.test(title) && !isNothing(list[1]) && list[0] === true) {
    refused.push(`"${where}", ${DECIDES}`);
    return;
  }
  if (MERGERS.test(title) && list[0] === true) {
    refused.push(`"${where}", because the search merges the models itself`);
    return;
  }
  const files: string[] = [];
  for (const { path, key, value, owner } of leavesOf(list)) {
    if (isSwitchedOff(owner, key)) continue;
    if (isCheckpointKey(key) && typeof value === 'string' && !isNothing(value)) {
      refused.push(`"${path}" of "${where}" (${shown(value)}), ${DECIDES}`);
    } else if (typeof value === 'string' && FILE.test(value) && !OTHER_FILES.test(title)) files.push(value);
  }
  if (files.length > 0) {
    warnings.push(
      `"${where}" names ${files.slice(0, 3).map(shown).join(', ')}: if that is a checkpoint, remove it, or images of another model would be scored.`,
    );
  }
}

/** Numbers are axes by their place in the server's own list, so that a checkpoint is known by its values alone. */
function inPlot(where: string, list: readonly unknown[], refused: string[], warnings: string[]): void {
  const texts = leavesOf(list).flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
  const named = texts.find(
    (text) => AXES.test(text.trim()) || text.split(',').some((part) => FILE.test(part)),
  );
  if (named !== undefined) refused.push(`${where} (${shown(named)}), ${DECIDES}`);
  else if (list.some((value) => typeof value === 'number' && value > 0)) {
    warnings.push(
      `the ${where} choose axes by number: if one of them is "Checkpoint name", remove the script, or images of another model would be scored.`,
    );
  }
}

interface Leaf {
  readonly path: string;
  readonly key: string;
  readonly value: unknown;
  /** The object that it stands in. */
  readonly owner: Readonly<Record<string, unknown>>;
}

/** @param value a list; and what is in it, with its place there */
function leavesOf(value: unknown, path = '', owner: Leaf['owner'] = {}, key = ''): Leaf[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) =>
      leavesOf(item, path === '' ? String(index) : `${path}.${index}`, owner, key),
    );
  }
  if (typeof value !== 'object' || value === null) return [{ path, key, value, owner }];
  const fields: Record<string, unknown> = { ...value };
  if (fields['enabled'] === false || fields['enable'] === false) return [];
  return Object.entries(fields).flatMap(([name, inner]) => leavesOf(inner, `${path}.${name}`, fields, name));
}

function isCheckpointKey(key: string): boolean {
  return /(?:^|_)(?:checkpoint|ckpt|sd_?model)(?:_?name)?$|^(?:sd_)?model_checkpoint$/i.test(key);
}

/** ADetailer: `ad_checkpoint` counts with `ad_use_checkpoint` alone. */
function isSwitchedOff(owner: Leaf['owner'], key: string): boolean {
  const at = key.lastIndexOf('checkpoint');
  if (at < 0) return false;
  const on = owner[`${key.slice(0, at)}use_${key.slice(at)}`];
  return key.startsWith('ad_') ? on !== true : on === false;
}

/** A script is given an object with them, or what other programs take, as it is. */
function argumentsOf(script: unknown): unknown {
  if (typeof script !== 'object' || script === null || !('args' in script)) return script;
  return script.args === undefined ? script : script.args;
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}
