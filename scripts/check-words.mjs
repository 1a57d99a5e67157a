// Words that do not belong into what users read: messages, help, options, README and docs. Plain English; one word for one thing.
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

/** The same in messages of the program: idioms that read as if they were translated. */
const IN_MESSAGES = [
  [/\bgoes? on\b(?! to)|\bgoing on\b|\bwent on\b/i, 'continues'],
  [/\b(?:stands?|stood) twice\b/i, 'appears twice'],
  [/\bin doubt\b/i, 'unreliable'],
  [/\bunder way\b/i, 'running, current'],
  [/\bcame? back different\b/i, 'has changed'],
  [/\bother (?:points|pixels|values) than\b/i, 'different … from'],
  [/\b(?:see|look) whether\b|\blooks? whether\b/i, 'check that'],
  [/\bwhat lies between\b/i, 'check for a proxy or tunnel'],
  [/\bconsole says more\b/i, 'see its console for details'],
  [/\bsigns? of life\b/i, 'is not responding'],
  [/\bby the one score\b/i, 'by the combined score'],
  [/\bthat there (?:is|are)\b(?! (?:no|a|an|any)\b)/i, 'leave it out'],
  [/\bof its own accord\b/i, 'by itself'],
  [/\b(?:take|takes) no part\b|\btook no part\b/i, 'is not used'],
  [/\bhas no place for\b|\bhave no place for\b/i, 'cannot store'],
  [/\bthe tools of the field\b/i, 'common merge tools'],
  [/\bbe told\b(?! apart)/i, 'be determined'],
  [/\bfits? nothing\b/i, 'does not match anything'],
  [/\bnothing in it\b/i, 'say what is missing'],
  [/\bwithout a word\b/i, 'unexpectedly, with an empty body'],
  [/\ban? (?:iteration|image|run|line|row|bar)(?=[,.:]? (?:in all|at most))/i, 'per …'],
  [/\d\}? (?:s|min) an (?:image|iteration)\b/i, 'per …'],
  [/\btake (?:another|the file|the bf16)\b/i, 'use …'],
  [/\bmost often\b/i, 'most likely'],
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
  ...all('.changeset', '.md'),
  ...all('docs', '.md'),
  ...all('examples', '.md'),
];
const sources = [...all('src', '.ts'), ...all('src', '.tsx')].filter(
  (file) => !file.startsWith('src/simulator/'),
);

/** What a line of source says to users: its texts, without names in them; of a page also what stands between tags. */
function wordsOf(line, file) {
  const code = line.replace(/^\s*(?:\*|\/\*|\/\/).*/, '').replace(/\s\/\/ .*/, '');
  if (file.endsWith('.tsx') && !/[;(=]\s*$|^\s*(?:import|const|return|if)\b/.test(code)) return code;
  const texts = code.match(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`?|^[^`']*`/g) ?? [];
  return texts.filter((text) => text.includes(' ')).join(' ');
}

let faults = 0;
for (const file of [...documents, ...sources]) {
  const isSource = file.endsWith('.ts');
  for (const [n, line] of readFileSync(`${root}${file}`, 'utf8').split('\n').entries()) {
    // Comments are not for users.
    const text = isSource ? wordsOf(line, file) : line.replaceAll(/`[^`]*`/g, '');
    const asked = isSource ? [...INSTEAD, ...IN_MESSAGES] : INSTEAD;
    for (const [word, better] of asked) {
      const [found] = word.exec(text) ?? [];
      if (found === undefined) continue;
      faults++;
      console.log(`${file}:${n + 1}: "${found.trim()}": ${better}`);
    }
  }
}
process.exit(faults === 0 ? 0 : 1);
