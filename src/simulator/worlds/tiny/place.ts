/** Where the tiny world lies: in a clone beside the sources; for an installed package it is a package of its own, for its size. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { usageError } from '../../../shared/errors.ts';

const PACKAGE = '@autombw/tiny-world';
const IN_CLONE = fileURLToPath(new URL('../../../../assets/tiny-world', import.meta.url));

/** Its folder, whether or not it is there. */
export const TINY_WORLD = fs.existsSync(IN_CLONE) ? IN_CLONE : (installed() ?? IN_CLONE);

function installed(): string | undefined {
  try {
    return path.dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
  } catch {
    return undefined;
  }
}

/** @throws usage error `tiny-world-missing` */
export function requireTinyWorld(folder = TINY_WORLD): void {
  if (fs.existsSync(folder)) return;
  throw usageError(
    'tiny-world-missing',
    `The tiny models are a package of their own, ${PACKAGE}, which is not installed. Install it next to autombw, with -g if autombw was installed so: npm install ${PACKAGE} onnxruntime-node@1.30 --ignore-scripts`,
  );
}
