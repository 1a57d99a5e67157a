/**
 * What is written to a terminal. Names and messages come from servers, files and other people, and a terminal obeys some
 * characters: it clears itself, changes its title, answers with keystrokes, or shows a line in another order. Those are shown
 * as `\x1b` instead.
 */

/** Everything that moves, hides or reorders text; line breaks and tabs are layout. */
const OBEYED = String.raw`\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF`;
const CONTROLS = new RegExp(`[${OBEYED}]`, 'g');

/** See {@link printable}: for whoever puts something else in the place of such characters. */
export function withoutObeyed(text: string, instead: string): string {
  return text.replaceAll(CONTROLS, instead);
}

const COLOUR_OR_CONTROL = new RegExp(String.raw`(\u001B\[[\d;]*m)|[${OBEYED}]`, 'g');

/** Text with its line breaks, and without anything that a terminal obeys. */
export function printable(text: string): string {
  return text.replaceAll(/\r\n/g, '\n').replaceAll(CONTROLS, shown);
}

/** The same with the colours of our own drawings. */
export function printableInColour(text: string): string {
  return text
    .replaceAll(/\r\n/g, '\n')
    .replaceAll(COLOUR_OR_CONTROL, (found: string, colour: string | undefined) => colour ?? shown(found));
}

/** JSON that means the same: what `JSON.stringify` leaves as it is and a terminal obeys is escaped as well. */
export function printableJson(json: string): string {
  return json.replaceAll(CONTROLS, (character) => `\\u${hex(character, 4)}`);
}

function shown(character: string): string {
  return character < '\u0100' ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`;
}

function hex(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, '0');
}
