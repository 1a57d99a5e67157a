import { messageOf, usageError } from '../../../shared/errors.ts';
import { linesOf } from '../../../shared/files/lines.ts';
import { readTextFileSync } from '../../../shared/files/read-file.ts';

/** Ratings are no tags of a prompt. */
const RATING = '9';

/**
 * The names of a tagger's outputs in order, from its selected_tags.csv; null for ratings.
 * @throws usage error `onnx-tags`
 */
export function readTagNames(file: string): (string | null)[] {
  const [header = '', ...lines] = linesOf(read(file)).filter((line) => line !== '');
  const columns = header.split(',');
  const name = columns.indexOf('name');
  const category = columns.indexOf('category');
  if (name < 0 || category < 0 || lines.length === 0) {
    throw tagsError(
      file,
      `its first line is "${header.slice(0, 60)}", without the columns name and category`,
    );
  }
  return lines.map((line) => {
    const cells = cellsOf(line);
    return cells[category] === RATING ? null : (cells[name] ?? null);
  });
}

function read(file: string): string {
  try {
    return readTextFileSync(file);
  } catch (cause) {
    throw tagsError(file, messageOf(cause), cause);
  }
}

/** Quoted where a name has a comma or a quote; no name has a line break. */
function cellsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain,
  );
}

function tagsError(file: string, what: string, cause?: unknown): Error {
  return usageError(
    'onnx-tags',
    `${file} is not the selected_tags.csv of a tagger: ${what}. Use the file from the repository of the graph.`,
    { cause },
  );
}
