import fs from 'node:fs';
import { usageError } from '../../shared/errors.ts';
import type { AutombwError } from '../../shared/errors.ts';
import { sha256OfBytes } from '../../shared/hashes/sha256.ts';
import { systemReason } from '../../shared/system-error.ts';
import { readLibsvmModel, readLibsvmRanges } from './libsvm-files.ts';
import { BadFile } from './model.ts';
import type { Ranges, Regression } from './model.ts';
import { readOpencvModel, readOpencvRanges } from './opencv-files.ts';
import { readPickledRanges } from './pickled-ranges.ts';

const LARGEST_FILE = 8 * 1024 ** 2;
const SOURCE = 'https://github.com/opencv/opencv_contrib/tree/4.x/modules/quality/samples';
const FILE_NAMES = { model: 'brisque_model_live.yml', range: 'brisque_range_live.yml' } as const;

type Setting = keyof typeof FILE_NAMES;

/** What was read, with the SHA-256 of the file in hex. */
export interface Hashed<T> {
  readonly value: T;
  readonly hash: string;
}

/** @throws usage error `scorer-model` */
export function readModelFile(path: string | undefined): Hashed<Regression> {
  return readSetting('model', path, (bytes) => {
    const text = bytes.toString('latin1');
    if (text.startsWith('%YAML')) return readOpencvModel(text);
    if (text.startsWith('svm_type')) return readLibsvmModel(text);
    throw new BadFile('is not OpenCV YAML or a LIBSVM model');
  });
}

/** @throws usage error `scorer-model` */
export function readRangeFile(path: string | undefined): Hashed<Ranges> {
  return readSetting('range', path, (bytes) => {
    const text = bytes.toString('latin1');
    if (text.startsWith('%YAML')) return readOpencvRanges(text);
    if (text.startsWith('\x80')) return readPickledRanges(bytes);
    if (/^x\s/.test(text)) return readLibsvmRanges(text);
    throw new BadFile('is not OpenCV YAML, LIBSVM ranges or the pickle of the Python package brisque');
  });
}

function readSetting<T>(setting: Setting, path: string | undefined, parse: (bytes: Buffer) => T): Hashed<T> {
  if (path === undefined) throw unusable(setting, `needs the setting ${setting}`);
  const shown = JSON.stringify(path);
  const bytes = readWhole(setting, path, shown);
  try {
    return { value: parse(bytes), hash: sha256OfBytes(bytes) };
  } catch (error) {
    if (!(error instanceof BadFile)) throw error;
    throw unusable(setting, `cannot use ${shown} as ${setting}: it ${error.message}`, error);
  }
}

function readWhole(setting: Setting, path: string, shown: string): Buffer {
  let fault: string;
  try {
    const entry = fs.statSync(path);
    if (entry.isFile() && entry.size <= LARGEST_FILE) return fs.readFileSync(path);
    // Reading a pipe or a device might never end.
    fault = entry.isFile() ? `it has ${entry.size} bytes, too large for such a file` : 'it is not a file';
  } catch (error) {
    throw unusable(setting, `cannot read ${shown} as ${setting} (${systemReason(error)})`, error);
  }
  throw unusable(setting, `cannot use ${shown} as ${setting}: ${fault}`);
}

function unusable(setting: Setting, reason: string, cause?: unknown): AutombwError {
  return usageError(
    'scorer-model',
    `Scorer "brisque" ${reason}; download ${FILE_NAMES[setting]} from ${SOURCE} and give its path.`,
    { cause },
  );
}
