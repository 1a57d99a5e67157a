/** Answers into a payload and the configuration of a search. */
import fs from 'node:fs';
import path from 'node:path';
import { parseSearchConfig } from '../../../../config/load.ts';
import { formatFile, formatNamed, type FormatName } from '../../../../payload/formats/index.ts';
import { discard } from '../../../../shared/files/replace-file.ts';
import { parsePayload } from '../../../../payload/load.ts';
import { writeNew } from '../../write-new.ts';
import type { Answers } from './ask.ts';
import { payloadKey, QUESTIONS, type Answer } from './questions.ts';

export interface InitFiles {
  readonly payload: string;
  readonly config: string;
}

export function filesFor(name: string, folder: string, format: FormatName): InitFiles {
  const [extension] = formatNamed(format).extensions;
  return {
    payload: path.join(folder, 'payloads', `${name}${extension}`),
    config: path.join(folder, `${name}.config.json`),
  };
}

export interface WriteSettings {
  readonly format: FormatName;
  readonly force: boolean;
  /** Of the configuration: where the server is. */
  readonly server: Readonly<Record<string, unknown>>;
}

/**
 * Both files or none. What they say is checked first, as a search would.
 * @throws usage errors `payload-invalid`, `config-invalid`, `output-exists`; run error `output-lost`
 */
export async function writeFiles(
  answers: Answers,
  files: InitFiles,
  { format, force, server }: WriteSettings,
): Promise<void> {
  const payload = payloadOf(answers);
  parsePayload(payload, files.payload);
  const config = configOf(answers, files, server);
  parseSearchConfig(config);
  const bytes = await formatFile(payload, formatNamed(format), files.payload);
  const isNew = !fs.existsSync(files.payload);
  writeNew(files.payload, bytes, force);
  try {
    writeNew(files.config, `${JSON.stringify(config, null, 2)}\n`, force);
  } catch (error) {
    if (isNew) discard(files.payload);
    throw error;
  }
}

/** Every key of the Python tool, so that it takes the file as well. */
function payloadOf(answers: Answers): Record<string, unknown> {
  const payload: Record<string, unknown> = {};
  for (const [key, value] of answersFor('payload', answers)) payload[payloadKey(key)] = value;
  return { ...payload, firstphase_width: 0, firstphase_height: 0 };
}

function configOf(
  answers: Answers,
  files: InitFiles,
  server: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const config: Record<string, unknown> = {
    payload: [path.relative(path.dirname(files.config), files.payload).replaceAll('\\', '/')],
  };
  for (const [key, value] of answersFor('config', answers)) config[key] = key === 'scorer' ? [value] : value;
  return { ...config, ...server };
}

function answersFor(place: 'payload' | 'config', answers: Answers): (readonly [string, Answer])[] {
  return QUESTIONS.filter((question) => question.place === place).flatMap(({ key }) => {
    const value = answers[key];
    return value === undefined ? [] : [[key, value] as const];
  });
}
