/** Settings of the server that shape every image: scores of images that were made under other ones cannot be compared. */
import { isDeepStrictEqual } from 'node:util';
import type { ServerReport } from '../renderers/index.ts';

type Settings = NonNullable<ServerReport['settings']>;

/** `sd_vae is "x.safetensors" here and at its default there`, for the first that differs; undefined where one side is not known. */
export function differentSetting(
  here: Settings | undefined,
  there: Settings | undefined,
  [one, other] = ['here', 'there'],
): string | undefined {
  if (here === undefined || there === undefined) return undefined;
  const key = [...new Set([...Object.keys(here), ...Object.keys(there)])].find(
    (name) => !isDeepStrictEqual(here[name], there[name]),
  );
  return key && `${key} is ${textOf(here[key])} ${one} and ${textOf(there[key])} ${other}`;
}

/** Only what is not as usual is kept. */
function textOf(value: unknown): string {
  return value === undefined ? 'at its default' : JSON.stringify(value);
}
