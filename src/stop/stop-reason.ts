/** Why a run stopped, and what that means for what comes after it. */

/**
 * `goal`: it has done what it was to do, and nothing more is to come of it. `sick`: the server is not fit to go on, and
 * whoever resumes has put that right. `halted`: somebody wanted it to stop. `error`: a failure ended it.
 */
export type StopKind = 'goal' | 'sick' | 'halted' | 'error';

/** What each code means. The disk holds the code alone, so that a journal of any version reads the same. */
const KINDS = {
  iterations: 'goal',
  minutes: 'goal',
  images: 'goal',
  'early-stop': 'goal',
  'space-exhausted': 'goal',
  failures: 'sick',
  'pictures-unchanged': 'sick',
  interrupted: 'halted',
  error: 'error',
} as const satisfies Readonly<Record<string, StopKind>>;

export type StopCode = keyof typeof KINDS;

export interface StopReason {
  readonly kind: StopKind;
  readonly code: StopCode;
  /** One sentence for people. */
  readonly message: string;
}

/** As a journal, a log and the JSON of a summary hold it. */
export type RecordedReason = Pick<StopReason, 'code' | 'message'>;

export function stopFor(code: StopCode, message: string): StopReason {
  return { kind: KINDS[code], code, message };
}

export function recordedReason({ code, message }: StopReason): RecordedReason {
  return { code, message };
}

/** @param code out of a journal, perhaps of a newer version: what is not known here is taken for an error */
export function kindOfStop(code: string): StopKind {
  return isStopCode(code) ? KINDS[code] : 'error';
}

function isStopCode(code: string): code is StopCode {
  return Object.hasOwn(KINDS, code);
}
