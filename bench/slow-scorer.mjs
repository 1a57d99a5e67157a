// A scorer for `command` that is slower than the server draws: the same image always gets the same score.
//   --scorer command --scorer-options command.run="node bench/slow-scorer.mjs 150"
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const milliseconds = Number(process.argv[2]);
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { type, id, image } = JSON.parse(line);
  if (type === 'hello') say({ type: 'ready', name: 'slow', version: '1' });
  if (type === 'bye') process.exit();
  if (type !== 'score') return;
  const hash = createHash('sha256').update(readFileSync(image)).digest();
  setTimeout(() => say({ id, score: hash.readUInt32LE(0) / 2 ** 32 }), milliseconds);
});
lines.on('close', () => process.exit());
