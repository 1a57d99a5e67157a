// Writes docs/faults.md out of the scenarios of tests/faults; a test says when it is stale.
import { startVitest } from 'vitest/node';

const vitest = await startVitest('test', ['tests/faults/document.test.ts'], {
  project: ['faults'],
  watch: false,
  update: true,
});
await vitest.close();
