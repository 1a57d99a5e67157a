// `--import` this into a Node process: as it ends, it writes its CPU seconds and its peak memory in KiB to the file of
// AUTOMBW_BENCH_PEAK.
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const file = process.env.AUTOMBW_BENCH_PEAK;
if (isMainThread && file !== undefined)
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeFileSync(file, JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1e6, peak: maxRSS }));
  });
