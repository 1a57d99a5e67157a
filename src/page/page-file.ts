/** The page itself, as the build has made it: one file with its script and its style in it. */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { runError } from '../shared/errors.ts';
import { isReadFailure, readTextFileSync } from '../shared/files/read-file.ts';

export interface PageFile {
  readonly html: string;
  /** Nothing but what this server gives may be loaded, and no script but the page's own runs. */
  readonly policy: string;
}

/** The same place from the sources and from the built package. */
const FILE = fileURLToPath(new URL('../../dist/page/live-page.html', import.meta.url));

/** @throws run error `page-missing` */
export function readPageFile(file = FILE): PageFile {
  let html: string;
  try {
    html = readTextFileSync(file);
  } catch (cause) {
    if (!isReadFailure(cause)) throw cause;
    throw runError('page-missing', `The page ${file} is missing: build it with npm run build.`, { cause });
  }
  const [, script = ''] = /<script type="module">(.*)<\/script>/s.exec(html) ?? [];
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${hash}'`,
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { html, policy };
}
