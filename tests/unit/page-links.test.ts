/** Whoever reads the pages where the package is installed has only what the package holds. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { proseOf, readPage, ROOT, shippedPages } from '../helpers/pages.ts';

const manifestSchema = z.object({ files: z.array(z.string()) });
const { files } = manifestSchema.parse(JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')));

/** @param place a path below the root */
function isShipped(place: string): boolean {
  return files.some((entry) => place === entry || place.startsWith(`${entry}/`));
}

/** Of a heading, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

function anchorsOf(page: string): string[] {
  return [...proseOf(readPage(page)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

/** @returns what is wrong with it; undefined if it leads somewhere */
function fault(page: string, target: string): string | undefined {
  const [file = '', anchor] = target.split('#');
  const place = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
  if (!existsSync(path.join(ROOT, place))) return `${page}: ${target} does not exist`;
  if (!isShipped(place)) return `${page}: ${target} is not in the package`;
  if (anchor === undefined || anchorsOf(place).includes(anchor)) return undefined;
  return `${page}: ${target} names no heading`;
}

describe('the links of the pages', () => {
  const links = shippedPages().flatMap((page) =>
    [...proseOf(readPage(page)).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => ({ page, target }))
      .filter(({ target }) => !/^https?:/.test(target)),
  );

  it('are found', () => {
    expect(links.length).toBeGreaterThan(150);
  });

  it('lead to files of the package, and to headings that are there', () => {
    expect(links.flatMap(({ page, target }) => fault(page, target) ?? [])).toEqual([]);
  });
});
