/** Keys of the search configuration that a later session may set anew; everything else is frozen in the plan. */
export const RESUME_KEYS = [
  'webui',
  'port',
  'webuiAuth',
  'gradioAuth',
  'check',
  'attemptTimeout',
  'stall',
  'reconnect',
  'retries',
  'iterations',
  'minutes',
  'earlyStop',
  'patience',
  'maxFailures',
  'saveBest',
  'logLevel',
] as const;
