/** What a scenario of the fault matrix is: what goes wrong, what autombw promises, and how it is tried. */
import type { Stage } from './stage.ts';

/** `a1111` merges in the server's memory, `comfyui` by nodes, `forge` by checkpoint files. */
export type Family = 'a1111' | 'comfyui' | 'forge';

export interface Promised {
  /** Of the search. */
  readonly exitCode: number;
  /** Iterations that have no score although the run went on, at most. Default 0. */
  readonly lost?: number;
  /** Images that are missing in scored iterations, at most. Default 0. */
  readonly missing?: number;
  /** Images that the server draws more than without the fault, at most; a resume included. Default 0. */
  readonly vain?: number;
  /** The run has stopped before its end: once all is well, `resume` ends as if nothing had happened. */
  readonly resumes?: boolean;
  /** The server could not be left as it was found, which is said: it is not answering. */
  readonly isOutOfReach?: boolean;
  /** It was somebody else who took files of the server away. */
  readonly isFilesGone?: boolean;
  /** Only a restart of the server makes it draw as before. */
  readonly isServerSpoilt?: boolean;
  /** What people are told. */
  readonly says?: RegExp;
  /** Nothing is said at all. */
  readonly isSilent?: boolean;
}

export interface Outcome {
  readonly exitCode: number | null;
  readonly lost: number;
  readonly missing: number;
  readonly vain: number;
  /** Iterations whose score or images are not those of the undisturbed run. */
  readonly wrong: readonly number[];
  /** What of the server is not as it was found. */
  readonly changed: readonly string[];
  /** All that people were told, a sentence a line. */
  readonly said: string;
  /** Whether `resume` came to the end of the undisturbed run; undefined where nothing was resumed. */
  readonly isResumed?: boolean | undefined;
  /** What else the scenario has looked at and found wrong. */
  readonly remarks?: readonly string[];
}

export interface Scenario {
  /** For the bench and for the names of tests. */
  readonly name: string;
  /** For the table, in the words of users. */
  readonly what: string;
  readonly does: string;
  readonly hurts: 'nobody' | 'one image' | 'one iteration' | 'the run';
  /** The first one is tried by day, the others at night, unless `day` says otherwise. */
  readonly servers: readonly [Family, ...Family[]];
  readonly day?: readonly Family[];
  /** Only at night: it takes long, or another test tries the same by day. */
  readonly byNight?: boolean;
  /** Undefined where this machine can try it. */
  readonly lacks?: () => string | undefined;
  readonly promise: Promised;
  /** There nothing is said, for nothing is lost. */
  readonly silentOn?: Family;
  readonly play: (stage: Stage) => Promise<Outcome>;
}

/** A row of the table that tests elsewhere try. */
interface Reference {
  readonly what: string;
  readonly does: string;
  readonly costs: string;
  /** Each as Vitest prints it: the file from the root of the repository, ` > `, the title as it stands in that file. */
  readonly tests: readonly [string, ...string[]];
}

/** A part of the table. */
export interface Chapter {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
  readonly references?: readonly Reference[];
}

/** What of the promise was not kept, a sentence each. */
export function breaches(promise: Promised, outcome: Outcome): readonly string[] {
  const {
    exitCode,
    lost = 0,
    missing = 0,
    vain = 0,
    says,
    isSilent = false,
    isOutOfReach = false,
    isFilesGone = false,
    isServerSpoilt = false,
    resumes = false,
  } = promise;
  const found: string[] = [...(outcome.remarks ?? [])];
  const tooMany = (what: string, is: number, most: number): void => {
    if (is > most) found.push(`${what}: ${is}, promised were at most ${most}`);
  };
  if (outcome.exitCode !== exitCode) found.push(`exit code ${outcome.exitCode} in place of ${exitCode}`);
  tooMany('iterations lost', outcome.lost, lost);
  tooMany('images missing', outcome.missing, missing);
  tooMany('images drawn in vain', outcome.vain, vain);
  if (outcome.wrong.length > 0) found.push(`wrong scores of iterations ${outcome.wrong.join(', ')}`);
  if (isOutOfReach && !/could not be/.test(outcome.said)) found.push('not said: what could not be put back');
  const changed = outcome.changed.filter(
    (what) =>
      !isOutOfReach &&
      !(isFilesGone && what.startsWith('the models') && !what.includes('autombw')) &&
      !(isServerSpoilt && what.startsWith('an image')),
  );
  if (changed.length > 0) found.push(`the server is not as it was: ${changed.join('; ')}`);
  if (says !== undefined && !says.test(outcome.said)) found.push(`not said: ${String(says)}`);
  if (isSilent && outcome.said !== '') found.push('something was said');
  if (resumes && outcome.isResumed !== true) found.push('resume did not come to the same end');
  return found;
}
