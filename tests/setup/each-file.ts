/** Around every test file, before its own hooks and after them. */
import { afterAll, afterEach, beforeEach } from 'vitest';
import { lifetime } from '../helpers/temporary-folder.ts';

beforeEach(lifetime.beginTest);
afterEach(lifetime.endTest);
afterAll(lifetime.endFile);

import fs from 'node:fs'; import { expect } from 'vitest';
const cpu = (): number[] => (fs.readFileSync('/proc/self/stat','utf8').split(') ')[1] ?? '').split(' ').slice(11,15).map(Number);
const before = process.env['CPULOG_ISO'] ? [0,0,0,0] : cpu(); const began = Date.now();
afterAll(() => { const now = cpu().map((x,i)=>(x-(before[i]??0))/100); fs.appendFileSync('/tmp/tt/cpu.log', `${(now[0]??0)+(now[1]??0)} ${(now[2]??0)+(now[3]??0)} ${(Date.now()-began)/1000} ${(expect.getState().testPath??'').split('/wt/tests/')[1]}\n`); });
