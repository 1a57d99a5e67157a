/** The pictures of the docs: what is shown is what `npm run screenshots` makes. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LARGEST_PICTURE, PICTURES } from '../../scripts/pictures.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const images = path.join(root, 'docs/images');
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join('docs', name)),
];

/** Pictures of a page by their places in the repository. */
function shownIn(page: string): readonly string[] {
  const text = readFileSync(path.join(root, page), 'utf8');
  const addresses = [...text.matchAll(/!\[[^\]]*\]\(([^)\s]+)\)|<img [^>]*src="([^"]+)"/g)];
  return addresses.map(([, one, other]) => path.join(path.dirname(page), one ?? other ?? ''));
}

describe('pictures of the docs', () => {
  const shown = pages.flatMap(shownIn);

  it('are all made by npm run screenshots', () => {
    expect(shown.length).toBeGreaterThan(3);
    expect(shown.filter((file) => !PICTURES.includes(path.relative('docs/images', file)))).toEqual([]);
    expect(readdirSync(images).filter((name) => !PICTURES.includes(name))).toEqual([]);
  });

  it('are there, and small', () => {
    expect(PICTURES.filter((name) => !existsSync(path.join(images, name)))).toEqual([]);
    expect(PICTURES.filter((name) => statSync(path.join(images, name)).size > LARGEST_PICTURE)).toEqual([]);
  });

  it('are all shown somewhere, one of the live page in the README', () => {
    expect(PICTURES.filter((name) => !shown.includes(path.join('docs/images', name)))).toEqual([]);
    expect(shownIn('README.md')).toContain(path.join('docs/images', 'live.webp'));
  });
});
