// The fault matrix: every scenario of tests/faults on every kind of server, with what it promises, what came of it, and how many images
// were drawn in vain. Ends with 1 where a promise was broken.
//   npm run bench -- faults [PATTERN] [--said]   PATTERN: a part of the names of scenarios; --said: what people were told where a
//   promise was broken
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

process.env.AUTOMBW_FAULTS = 'all';
const {
  values: { said: showsSaid },
  positionals: [pattern = ''],
} = parseArgs({ allowPositionals: true, options: { said: { type: 'boolean', default: false } } });
const vitest = await startVitest('test', [], {
  project: ['faults'],
  watch: false,
  reporters: [{}],
  ...(pattern === '' ? {} : { testNamePattern: pattern }),
});
const tests = vitest.state
  .getTestModules()
  .flatMap((module) => [...module.children.allTests()])
  .filter(
    (test) =>
      test.result().state !== 'skipped' &&
      (test.meta().fault !== undefined || test.result().state === 'failed'),
  );
const rows = tests.map((test) => {
  const { fault } = test.meta();
  if (fault !== undefined)
    return [fault.scenario, fault.family, fault.promise, fault.outcome, String(fault.vain), test];
  const [error] = test.result().errors ?? [];
  return [test.name, '', '', `not played: ${error?.message ?? 'no reason'}`, '', test];
});
const head = ['scenario', 'server', 'promise', 'outcome', 'in vain'];
const widths = head.map((title, i) =>
  Math.max(title.length, ...rows.map((row) => (i === 3 ? 7 : row[i].length))),
);
const line = (cells) =>
  cells
    .map((cell, i) => cell.padEnd(widths[i]))
    .join('  ')
    .trimEnd();
console.log(line(head));
for (const [scenario, family, promise, outcome, vain] of rows)
  console.log(line([scenario, family, promise, outcome, vain]));
const broken = rows.filter(([, , , outcome]) => outcome !== 'kept');
console.log(`${rows.length} scenarios, ${broken.length} broken promises`);
for (const [scenario, family, , outcome, , test] of broken) {
  console.log(`\n${scenario} ${family}: ${outcome}`);
  if (showsSaid) console.log(test.meta().fault?.said);
}
await vitest.close();
process.exitCode = broken.length === 0 && rows.length > 0 ? 0 : 1;
