/** Who is told: a command in words, or a web address with the form that it takes. */
import { CommandFault, splitWords } from '../shared/process/split-words.ts';

/** What a web address takes: the whole event; its sentence alone; what Slack or Discord call a message. */
const FORMS = ['json', 'text', 'slack', 'discord'] as const;
export type Form = (typeof FORMS)[number];

export type Target =
  | { readonly kind: 'command'; readonly words: readonly string[] }
  | { readonly kind: 'http'; readonly url: URL; readonly form: Form };

/** Why a text names nobody, as the rest of a sentence: `must …`. It quotes nothing: addresses hold secrets. */
export class TargetFault extends Error {
  override readonly name = 'TargetFault';
}

const ADDRESS = /^(?:([a-z]+)\s+)?(https?:\/\/\S+)$/i;
/** Programs to which a word may be a program again; ssh gives its words to a shell on the other side. */
const SHELL =
  /^(?:(?:a|ba|rba|da|z|k|mk|c|tc|fi|ya|xon|s)?sh|nu|cmd|powershell|pwsh|wsl|su|eval)(?:[-\d.]*)(?:\.exe)?$/i;
/** Programs that run the word behind one of these options. */
const INTERPRETER =
  /^(?:python|pypy|perl|ruby|node|nodejs|deno|bun|php|lua|osascript|emacs|tclsh)(?:[-\d.]*)(?:\.exe)?$/i;
const CODE = /^(?:-\w*[cepr]|--eval|--print)$/i;

/** @throws TargetFault */
export function parseTarget(text: string, platform: NodeJS.Platform = process.platform): Target {
  const [, form, address] = ADDRESS.exec(text.trim()) ?? [];
  if (address !== undefined) return addressOf(address, form?.toLowerCase());
  const words = wordsOf(text, platform);
  const [program = ''] = words;
  if (/^https?:/i.test(program)) throw new TargetFault('must be a single web address with nothing after it');
  if (runsPlaceholders(words)) {
    throw new TargetFault(
      'must not put {message} into a shell command or code, because text from a server would then be executed; use "$AUTOMBW_MESSAGE" there',
    );
  }
  return { kind: 'command', words };
}

function addressOf(address: string, form: string | undefined): Target {
  if (!URL.canParse(address)) throw new TargetFault('must be a valid web address');
  const url = new URL(address);
  const known = FORMS.find((one) => one === form);
  if (form !== undefined && known === undefined)
    throw new TargetFault(`must have one of ${FORMS.join(', ')} before the web address`);
  return { kind: 'http', url, form: known ?? usualForm(url) };
}

/** Of services that everybody knows. */
function usualForm({ hostname, pathname }: URL): Form {
  if (hostname === 'hooks.slack.com') return 'slack';
  if (/(?:^|\.)discord(?:app)?\.com$/.test(hostname))
    return pathname.endsWith('/slack') ? 'slack' : 'discord';
  return hostname === 'ntfy.sh' && pathname.length > 1 ? 'text' : 'json';
}

function wordsOf(text: string, platform: NodeJS.Platform): readonly string[] {
  try {
    return splitWords(text, platform);
  } catch (error) {
    if (!(error instanceof CommandFault)) throw error;
    throw new TargetFault(
      text.trim() === '' ? 'must not be empty' : 'must be a command with balanced quotes, or a web address',
      { cause: error },
    );
  }
}

function runsPlaceholders(words: readonly string[]): boolean {
  const is = (kind: RegExp): boolean => words.some((word) => kind.test(word.replace(/^.*[\\/]/, '')));
  if (is(SHELL)) return words.some(hasPlaceholder);
  return is(INTERPRETER) && words.some((word, n) => hasPlaceholder(word) && CODE.test(words[n - 1] ?? ''));
}

const PLACEHOLDER = /\{(message|event|run)\}/g;

function hasPlaceholder(word: string): boolean {
  return word.search(PLACEHOLDER) >= 0;
}

/** The words with what they stand for. */
export function filledIn(
  words: readonly string[],
  values: Readonly<Record<'message' | 'event' | 'run', string>>,
): readonly string[] {
  const valueOf = (name: string): string =>
    name === 'message' ? values.message : name === 'event' ? values.event : values.run;
  // Of the program itself nothing is replaced.
  return words.map((word, n) =>
    n === 0 ? word : word.replaceAll(PLACEHOLDER, (_, name: string) => valueOf(name)),
  );
}

/** What may be said of it in messages and logs: addresses and words may hold secrets. */
export function targetName(target: Target): string {
  if (target.kind === 'command') return `the command ${(target.words[0] ?? '').replace(/^.*[\\/]/, '')}`;
  return target.url.host;
}
