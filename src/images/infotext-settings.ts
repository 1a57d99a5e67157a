/** The settings of an infotext, one by one: `Steps: 20, Sampler: Euler a, Lora hashes: "one: 12, two: 34"`. */

export interface InfotextSetting {
  readonly name: string;
  /** Without its quotes. */
  readonly value: string;
}

/** More are no settings. */
const MOST_SETTINGS = 500;

/**
 * Of the last line that begins with `Steps:`, and of those behind it. In a value with a comma, quotes stand around it, and `\"` is
 * a quote inside. Takes time in proportion to the length of the text, whatever it holds.
 */
export function infotextSettings(text: string): InfotextSetting[] {
  const lines = text.split(/\r?\n/);
  const first = lines.findLastIndex((line) => /^Steps: \d/.test(line));
  if (first < 0) return [];
  const settings: InfotextSetting[] = [];
  for (const line of lines.slice(first)) {
    for (const part of partsOf(line)) {
      const colon = part.indexOf(':');
      const name = part.slice(0, Math.max(0, colon)).trim();
      if (name === '') continue;
      settings.push({ name, value: unquoted(part.slice(colon + 1).trim()) });
      if (settings.length === MOST_SETTINGS) return settings;
    }
  }
  return settings;
}

/** Between commas that stand in no quotes. */
function* partsOf(line: string): Generator<string> {
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (character === '\\' && isQuoted) at++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === ',' && !isQuoted) {
      yield line.slice(start, at);
      start = at + 1;
    }
  }
  yield line.slice(start);
}

function unquoted(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'string' ? parsed : value;
  } catch {
    return value.slice(1, -1);
  }
}
