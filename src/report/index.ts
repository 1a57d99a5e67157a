/** The report: what a run has come to, in one file that opens anywhere. */
export { LARGEST_REPORT, makeReport, type ReportResult } from './make-report.ts';
