/** The text under an image: the prompts, and a line of settings that begins with the steps. */
const SETTINGS = /(?:^|\n)Steps: (?=\d)/g;

/** A value out of the line of settings. */
export function infotextField(infotext: string | undefined, label: string): string | undefined {
  const fields = (infotext ?? '').split('\nSteps: ').at(-1) ?? '';
  return new RegExp(`(?:^|, )${label}: ([^,\\n]+)`).exec(fields)?.[1];
}

export function infotextSteps(infotext: string | undefined): string | undefined {
  const start = startOfSettings(infotext);
  return start === undefined ? undefined : /Steps: (\d+)/.exec(infotext?.slice(start) ?? '')?.[1];
}

/** Both prompts, the negative one under its label; undefined where there is no line of settings to tell their end. */
export function infotextPrompts(infotext: string | undefined): string | undefined {
  const start = startOfSettings(infotext);
  return start === undefined ? undefined : infotext?.slice(0, start);
}

function startOfSettings(infotext: string | undefined): number | undefined {
  return [...(infotext ?? '').matchAll(SETTINGS)].at(-1)?.index;
}
