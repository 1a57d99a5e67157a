import type { IncomingMessage } from 'node:http';
import { unprocessable } from './failures.ts';

/**
 * The JSON of a body; undefined without one. A body of another content type is not looked into.
 * @throws the 422 of a body that is no JSON
 */
export function parseBody(request: IncomingMessage, text: string): unknown {
  if (text === '') return undefined;
  const type = request.headers['content-type'];
  if (type !== undefined && !/^application\/(?:json|.*\+json)/u.test(type)) return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notJson(text, error);
  }
}

function notJson(text: string, error: unknown): Error {
  const found = /position (\d+)/u.exec(error instanceof Error ? error.message : '')?.[1];
  const at = found === undefined ? text.length : Number(found);
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  return unprocessable({
    loc: ['body', at],
    msg: `Expecting value: line ${line} column ${column} (char ${at})`,
    type: 'value_error.jsondecode',
    ctx: { msg: 'Expecting value', doc: text, pos: at, lineno: line, colno: column },
  });
}
