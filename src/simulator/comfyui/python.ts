/** What shines through of Python in the replies: exceptions, and how values are written in messages. */

/** An exception of the program behind the server; `type` as its message names it. */
export class PythonError extends Error {
  override readonly name = 'PythonError';
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

/** Nothing caught it: the reply is a plain text 500. */
export class InternalServerError extends Error {
  override readonly name = 'InternalServerError';
}

/** As `str()` writes it; `asFloat` writes whole numbers with their `.0`. */
export function pythonText(value: unknown, asFloat = false): string {
  return typeof value === 'string' ? value : pythonRepr(value, asFloat);
}

export function pythonRepr(value: unknown, asFloat = false): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return numberText(value, asFloat);
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map((item) => pythonRepr(item)).join(', ')}]`;
  const pairs = Object.entries(value).map(([key, item]) => `${quoted(key)}: ${pythonRepr(item)}`);
  return `{${pairs.join(', ')}}`;
}

export function pythonTypeName(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (typeof value === 'string') return 'str';
  return Array.isArray(value) ? 'list' : 'dict';
}

function numberText(value: number, asFloat: boolean): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return asFloat && Number.isInteger(value) ? `${value}.0` : String(value);
}

function quoted(text: string): string {
  return text.includes("'") && !text.includes('"')
    ? `"${text}"`
    : `'${text.replaceAll("'", String.raw`\'`)}'`;
}
