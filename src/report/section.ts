/** A section of the page with its heading, and parts of it that every section may use. */
import { markup, NOTHING, type Fragment, type Html } from './html.ts';

/** Ids of one run's sections and controls: several runs share a page. */
export type Ids = (name: string) => string;

export function idsOf(run: number): Ids {
  return (name) => `r${run + 1}-${name}`;
}

/** What stands in the contents as well. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

export function sectionMarkup({ id, title, body }: Section, level: 2 | 3): Html {
  const heading =
    level === 2 ? markup`<h2 id="${id}-h">${title}</h2>` : markup`<h3 id="${id}-h">${title}</h3>`;
  return markup`<section id="${id}" aria-labelledby="${id}-h">${heading} ${body}</section> `;
}

export interface Column {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
}

/** @param caption for screen readers and people alike; the first cell of a row is its header */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Fragment[])[],
): Html {
  if (rows.length === 0) return NOTHING;
  const side = (column: number): Html => (columns[column]?.isNumber === true ? markup` class="n"` : NOTHING);
  return markup`<div class="wide" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption><span>${caption}</span></caption>
      <thead>
        <tr>
          ${columns.map(({ title }, i) => markup`<th scope="col"${side(i)}>${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            markup`<tr>${cells.map((cell, i) =>
              i === 0 ? markup`<th scope="row"${side(i)}>${cell}</th>` : markup`<td${side(i)}>${cell}</td>`,
            )}</tr>\n`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Name and value, one pair below the other. */
export function facts(pairs: readonly (readonly [string, Fragment])[]): Html {
  return markup`<dl>
    ${pairs.map(
      ([name, value]) =>
        markup`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** Text to be copied; the button appears where a script can serve it. @param remark on what it is, below it */
export function copyable(id: string, label: string, text: string, remark?: string): Html {
  return markup`<div class="copy">
    <div class="copy-head">
      <p class="label" id="${id}-l">${label}</p>
      <button type="button" data-copy="${id}" hidden>Copy<span class="sr"> ${label}</span></button>
    </div>
    <pre id="${id}" tabindex="0" aria-labelledby="${id}-l">${text}</pre>
    ${remark !== undefined && markup`<small>${remark}</small>`}
  </div>`;
}

/** Many lines that few will read. */
export function folded(summary: Fragment, body: Fragment): Html {
  return markup`<details>
    <summary>${summary}</summary>
    ${body}
  </details>`;
}
