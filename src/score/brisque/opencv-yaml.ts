import { BadFile } from './model.ts';

/** Deeper than any file that OpenCV writes for this. */
const DEEPEST = 8;

/** A text, a list in brackets, a list of lines with dashes, or keys with values. */
export type YamlNode = string | readonly YamlNode[] | ReadonlyMap<string, YamlNode>;

/**
 * The little of YAML that OpenCV's FileStorage writes: keys indented by spaces, dashes, lists in brackets over several lines.
 * Tags are passed over; anchors, quotes and the rest of YAML are refused or read as plain text, and nothing is executed.
 * @throws BadFile with the line
 */
export function readOpencvYaml(text: string): YamlNode {
  const lines = logicalLines(text);
  const reader: Reader = { lines, next: 0 };
  const node = readBlock(reader, 0);
  const left = lines[reader.next];
  if (left !== undefined) throw badLine(left);
  return node;
}

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly content: string;
}

interface Reader {
  readonly lines: readonly Line[];
  next: number;
}

/** Without blank lines, the header and `---`; a bracket that stays open takes in the lines up to its end. */
function logicalLines(text: string): Line[] {
  const lines: Line[] = [];
  let open: { readonly number: number; readonly indent: number; readonly parts: string[] } | undefined;
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const content = raw.trim();
    if (open === undefined && (content === '' || /^(?:%|---$|#)/.test(content))) continue;
    const current = open ?? { number: i + 1, indent: raw.search(/\S/), parts: [] };
    current.parts.push(content);
    const isWhole =
      open === undefined ? !content.includes('[') || content.includes(']') : content.includes(']');
    open = isWhole ? undefined : current;
    if (isWhole) lines.push({ ...current, content: current.parts.join(' ') });
  }
  if (open !== undefined) throw new BadFile(`ends inside the list that begins on line ${open.number}`);
  return lines;
}

function readBlock(reader: Reader, depth: number): YamlNode {
  const first = reader.lines[reader.next];
  if (first === undefined) throw new BadFile('ends too early');
  if (depth > DEEPEST) throw badLine(first);
  const list: YamlNode[] = [];
  const map = new Map<string, YamlNode>();
  const isList = first.content.startsWith('-');
  for (let line: Line | undefined = first; line?.indent === first.indent; line = reader.lines[reader.next]) {
    reader.next++;
    const parts = /^(?:-|([A-Za-z_]\w*) *:)(?: +(.*))?$/.exec(line.content);
    if (parts === null) throw badLine(line);
    const [, key, rest] = parts;
    if (isList !== (key === undefined)) throw badLine(line);
    const value = readValue(reader, line, rest ?? '', depth);
    if (key === undefined) list.push(value);
    else map.set(key, value);
  }
  return isList ? list : map;
}

function readValue(reader: Reader, line: Line, rest: string, depth: number): YamlNode {
  const value = rest.replace(/^!!?[\w-]+ */, '');
  if (value !== '') return value.startsWith('[') ? listOf(value, line) : value;
  const next = reader.lines[reader.next];
  return next !== undefined && next.indent > line.indent ? readBlock(reader, depth + 1) : '';
}

function listOf(value: string, line: Line): string[] {
  if (!value.endsWith(']')) throw badLine(line);
  return value
    .slice(1, -1)
    .split(',')
    .map((entry) => entry.trim());
}

function badLine({ number, content }: Line): BadFile {
  return new BadFile(`has something unexpected on line ${number}: "${content.slice(0, 40)}"`);
}
