/** How does it look? The contact sheet, and two of its rows behind a slider. */
import { counted } from '../../shared/counted.ts';
import { markup, NOTHING, type Html } from '../html.ts';
import type { Album, AlbumRow } from '../report.ts';
import type { Ids, Section } from '../section.ts';
import { scored } from '../words.ts';

export function picturesSection(album: Album, ids: Ids): Section {
  const title = 'How does it look?';
  const id = ids('pictures');
  const { rows, columns, note } = album;
  const remark = note === undefined ? NOTHING : markup`<p class="quiet">${note}</p>`;
  if (!rows.some(hasPicture)) {
    return {
      id,
      title,
      body: markup`<p>No images of this run can be shown.</p>
        ${remark}`,
    };
  }
  const which =
    album.source === 'proof'
      ? 'Images with seeds the search never used'
      : 'Images from the search itself, on which the best was chosen';
  const body = markup`<p>
      ${which}: the same ${counted(columns.length, 'image')} of every merge, in its own row.
    </p>
    ${remark} ${slider(album, ids)} ${sheet(album, ids)}`;
  return { id, title, body };
}

/** Filled by the script out of the sheet below it: no image is in the file twice. */
function slider({ rows, columns }: Album, ids: Ids): Html {
  const whole = rows.filter(hasPicture);
  if (whole.length < 2) return NOTHING;
  const left = whole.find(({ id }) => id === 'B') ?? whole.find(({ id }) => id !== 'best') ?? whole[0];
  const right = whole.find(({ id }) => id === 'best') ?? whole.at(-1);
  const shared = columns.findIndex((_, i) => isShown(left?.pictures[i]) && isShown(right?.pictures[i]));
  const choice = (side: 'left' | 'right', title: string, chosen: AlbumRow | undefined): Html =>
    markup`<label
      >${title}
      <select data-side="${side}">
        ${whole.map(
          (row) =>
            markup`<option value="${row.id}"${row === chosen && markup` selected`}>${row.name}</option>`,
        )}
      </select></label
    >`;
  return markup`<div class="slider" data-sheet="${ids('sheet')}" hidden>
    <div class="choices">
      ${choice('left', 'Left', left)}${choice('right', 'Right', right)}<label
        >Image
        <select data-image>
          ${columns.map(
            ({ payload, seed, caption = payload }, i) =>
              markup`<option value="${i}"${i === shared && markup` selected`}>${short(caption)}, seed ${seed}</option>`,
          )}
        </select></label
      >
    </div>
    <div class="stage">
      <img data-under alt="" /><img data-over alt="" /><input
        type="range"
        min="0"
        max="100"
        value="50"
        step="1"
        aria-label="How much of the right image is covered"
      />
    </div>
    <p class="quiet" data-caption></p>
  </div>`;
}

function sheet({ rows, columns }: Album, ids: Ids): Html {
  return markup`<div class="wide" role="region" aria-label="Contact sheet" tabindex="0">
    <table class="sheet" id="${ids('sheet')}" style="--columns:${columns.length}">
      <caption><span>Contact sheet: each image with its score${columns.length > FEW && '; scroll sideways if they do not all fit'}</span></caption>
      <thead>
        <tr>
          <td></td>
          ${columns.map(
            ({ payload, seed, prompt, caption = payload }) =>
              markup`<th scope="col" title="${prompt}">
                <span dir="auto">${short(caption)}</span><small>seed ${seed}</small>
              </th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => sheetRow(row, columns))}
      </tbody>
    </table>
  </div>`;
}

function sheetRow({ id, name, mean, pictures }: AlbumRow, columns: Album['columns']): Html {
  return markup`<tr data-row="${id}">
    <th scope="row">${name}<small>${mean === undefined ? '' : `mean ${scored(mean)}`}</small></th>
    ${pictures.map((picture, i) => {
      if (typeof picture === 'string') return markup`<td class="none">${picture}</td>`;
      const { payload = '', seed = 0, caption = payload } = columns[i] ?? {};
      const { uri, width, height, score } = picture;
      return markup`<td>
        <img
          src="${uri}"
          width="${width}"
          height="${height}"
          alt="${name}: ${short(caption)}, seed ${seed}, score ${scored(score)}"
        /><small>${scored(score)}</small>
      </td>`;
    })}
  </tr> `;
}

/** So many columns fit everywhere but on a phone. */
const FEW = 4;

/** Prompts may be long: characters. */
const LONGEST = 60;

function short(caption: string): string {
  return caption.length > LONGEST ? `${caption.slice(0, LONGEST).trimEnd()}…` : caption;
}

function hasPicture({ pictures }: AlbumRow): boolean {
  return pictures.some(isShown);
}

function isShown(picture: AlbumRow['pictures'][number] | undefined): boolean {
  return picture !== undefined && typeof picture !== 'string';
}
