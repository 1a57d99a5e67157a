/** The pages that come with the package, and the commands of autombw in their examples. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');

/** Those with examples of their own stand in folders below these. */
const FOLDERS = ['.', 'docs', 'examples'];

/** @returns paths below the root, with `/`: README.md, docs/curves.md … */
export function shippedPages(): readonly string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: folder !== '.', encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => path.posix.join(folder, file.replaceAll('\\', '/'))),
  );
}

export function readPage(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** A page without its blocks of code, in which brackets and # are no links and headings. */
export function proseOf(text: string): string {
  return text.replaceAll(/^```.*?^```$/gms, '');
}

export interface PageCommand {
  /** Everything behind `autombw`: `search … --curve 4`. */
  readonly words: string;
  /** It stands in a block to copy, not within a sentence, where it may be only a part of a command. */
  readonly isWhole: boolean;
}

/** @param text of a page @returns each command once */
export function commandsOf(text: string): readonly PageCommand[] {
  const blocks = [...text.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, block = '']) => block);
  const indented = proseOf(text)
    .split('\n')
    .filter((line) => line.startsWith('    '));
  const lines = [...blocks.flatMap((block) => block.replaceAll(/\s*\\\n\s*/g, ' ').split('\n')), ...indented];
  const whole = lines.flatMap((line) => {
    const [, words] = LINE.exec(line.trim()) ?? [];
    return words === undefined ? [] : [cut(words)];
  });
  const quoted = [...proseOf(text).matchAll(/`autombw ([a-z][^`]*)`/g)].map(([, words = '']) => cut(words));
  return [
    ...[...new Set(whole)].map((words) => ({ words, isWhole: !words.includes('…') })),
    ...[...new Set(quoted)].map((words) => ({ words, isWhole: false })),
  ];
}

/** At its beginning, behind variables and other commands (`cd … &&`), or in those of cron, systemd and Windows. */
const LINE = /^(?:[^#]*(?:&& |=| ))?autombw ([a-z].*)$/;

/** A comment, what is set off as one, what follows, and where the output goes. */
function cut(words: string): string {
  return words.replace(/(?:\s+#|\s{2,}|\s+[>|&]|>>).*$/, '').trim();
}
