/** The report: what a run has come to, in one file that opens anywhere. */
export { makeReport } from './make-report.ts';
