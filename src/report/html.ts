/** Markup as a value of its own: what is put into a template is text, and is escaped, unless it is markup itself. */

export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

/** What a template takes: text, numbers and markup, lists of them; nothing is written for undefined and false. */
export type Fragment = string | number | Html | undefined | false | readonly Fragment[];

export const NOTHING = new Html('');

/** Names, prompts and messages come from files and servers: they can break out of neither a text nor a quoted attribute. */
export function markup(pieces: TemplateStringsArray, ...values: readonly Fragment[]): Html {
  return new Html(pieces.map((piece, i) => piece + written(values[i])).join(''));
}

/** Markup that this program wrote itself. */
export function asMarkup(markup: string): Html {
  return new Html(markup);
}

function written(value: Fragment): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.markup;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escaped(value);
  return value.map(written).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return (
    text
      // Controls and lone surrogates are no text of a page; tabs and line breaks are.
      .replaceAll(/[^\P{Cc}\t\n\r]|[\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD')
      .replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
  );
}
