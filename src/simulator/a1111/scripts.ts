/** Scripts that every installation has, and the merging of a request's script arguments with their defaults. */
import type { AlwaysOnScript, WebuiExtension } from './extensions/extension.ts';
import { httpException, pythonError } from './failures.ts';
import { isDict } from './pydantic.ts';
import type { Txt2imgRequest } from './txt2img/request.ts';

const SELECTABLE = ['prompt matrix', 'prompts from file or textbox', 'x/y/z plot'];
const SELECTABLE_IMG2IMG = ['img2img alternative test', 'loopback', ...SELECTABLE, 'sd upscale'];
/** It hides its settings elsewhere: listed among the names, absent from script-info. */
const UNDESCRIBED = 'Hypertile';
const BEFORE = ['extra options', UNDESCRIBED];
const AFTER = ['refiner', 'sampler', 'seed'];

/** Names as `/sdapi/v1/scripts` lists them. */
export function scriptNames(extensions: readonly WebuiExtension[]): { txt2img: string[]; img2img: string[] } {
  const alwaysOn = [...BEFORE, ...scriptsOf(extensions).map(({ name }) => name), ...AFTER];
  return { txt2img: [...SELECTABLE, ...alwaysOn], img2img: [...SELECTABLE_IMG2IMG, ...alwaysOn] };
}

export function scriptInfo(extensions: readonly WebuiExtension[]): Record<string, unknown>[] {
  return [SELECTABLE, SELECTABLE_IMG2IMG].flatMap((selectable, tab) => {
    const row = ({ name, args }: AlwaysOnScript, isAlwaysOn: boolean): Record<string, unknown> => ({
      name,
      is_alwayson: isAlwaysOn,
      is_img2img: tab === 1,
      args,
    });
    const bare = (name: string): AlwaysOnScript => ({ name, args: [] });
    return [
      ...selectable.map((name) => row(bare(name), false)),
      ...BEFORE.filter((name) => name !== UNDESCRIBED).map((name) => row(bare(name), true)),
      ...scriptsOf(extensions).map((script) => row(script, true)),
      ...AFTER.map((name) => row(bare(name), true)),
    ];
  });
}

/**
 * The arguments that each extension gets: its defaults, overwritten from the left; what is too many is cut.
 * @throws 422 for names that are unknown or of the other kind
 */
export function scriptArguments(
  request: Txt2imgRequest,
  extensions: readonly WebuiExtension[],
): ReadonlyMap<WebuiExtension, readonly unknown[]> {
  const selected = request.script_name?.toLowerCase() ?? '';
  if (selected !== '' && !SELECTABLE.includes(selected)) {
    throw httpException(422, `Script '${request.script_name}' not found`);
  }
  const given = new Map<string, readonly unknown[]>();
  const known = scriptNames(extensions).txt2img.map((name) => name.toLowerCase());
  for (const [rawName, value] of Object.entries(request.alwayson_scripts ?? {})) {
    const name = rawName.toLowerCase();
    if (!known.includes(name)) throw httpException(422, `Script '${rawName}' not found`);
    if (SELECTABLE.includes(name)) {
      throw httpException(422, 'Cannot have a selectable script in the always on scripts params');
    }
    given.set(name, argumentsIn(value));
  }
  return new Map(
    extensions.map((extension) => {
      const { name, args } = extension.script?.() ?? { name: '', args: [] };
      const own = given.get(name) ?? [];
      return [extension, args.map((arg, i) => (i < own.length ? own[i] : arg.value))];
    }),
  );
}

function scriptsOf(extensions: readonly WebuiExtension[]): readonly AlwaysOnScript[] {
  return extensions.flatMap((one) => one.script?.() ?? []);
}

/** Anything that is not `{"args": [...]}` counts as nothing given. */
function argumentsIn(value: unknown): readonly unknown[] {
  if (isDict(value)) return Array.isArray(value['args']) ? value['args'] : [];
  if (Array.isArray(value) || typeof value === 'string') return [];
  throw pythonError('TypeError', "argument of type 'int' is not iterable");
}
