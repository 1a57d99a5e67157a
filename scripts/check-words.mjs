// Words that do not belong into what users read: help, options, README and docs. Plain English; one word for one thing.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What is not to be written, and what to write. */
const INSTEAD = [
  [/\banew\b/i, 'again'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
  [/\blearnt\b/i, 'learned'],
  [/\bby lot\b/i, 'at random'],
  [/\bunless (?:told|given)\b/i, 'by default'],
  [/\b(?:when|if|where) left out\b/i, 'by default'],
  [/\bDo not: /, 'say what the option does'],
  [/\bTurn off: /, 'say what the option does'],
  [/\brepeat for more\b/i, 'repeatable'],
  [
    /(?<!\bthere )(?<!\bThere )\b(?:is|are) no (?!longer|more|better|worse|match|different|doubt)[a-z]/,
    'is not a …',
  ],
];

const root = fileURLToPath(new URL('..', import.meta.url));
const all = (folder, ending) =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`);
const documents = [
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'tests/README.md',
  ...all('docs', '.md'),
  ...all('examples', '.md'),
];
const sources = [...all('src/cli/program', '.ts'), ...all('src/config/options', '.ts')];

let faults = 0;
for (const file of [...documents, ...sources]) {
  const isSource = file.endsWith('.ts');
  for (const [n, line] of readFileSync(`${root}${file}`, 'utf8').split('\n').entries()) {
    // Comments are not for users.
    const text = isSource ? line.replace(/^\s*(?:\*|\/\*|\/\/).*/, '') : line.replaceAll(/`[^`]*`/g, '');
    for (const [word, better] of INSTEAD) {
      const [found] = word.exec(text) ?? [];
      if (found === undefined) continue;
      faults++;
      console.log(`${file}:${n + 1}: "${found.trim()}": ${better}`);
    }
  }
}
process.exit(faults === 0 ? 0 : 1);
