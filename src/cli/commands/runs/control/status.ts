/** `status`: what is going on in a run, from its journal, its log and its lock. */
import fs from 'node:fs';
import { z } from 'zod';
import { peopleOf } from '../../../../judging/people.ts';
import { goalsIn } from '../../../../goals/goals.ts';
import { standingJson, standingOf } from '../../../../goals/standing.ts';
import { comparableIn } from '../../../../judging/trial-scores.ts';
import { filesOf } from '../../../../journal/name-run.ts';
import { stageOf } from '../../../../journal/stage.ts';
import { duration } from '../../../../shared/duration.ts';
import { secondsPerTrial } from '../../../../observers/pace.ts';
import { imageText, pauseText } from '../../../../observers/progress-text.ts';
import { readStatus, type ServerStatus } from '../../../../observers/run-status.ts';
import { readBytes } from '../../../../shared/files/read-bytes.ts';
import { printable } from '../../../../shared/printable.ts';
import { scoreText } from '../../../../shared/score-text.ts';
import { counted } from '../../../../shared/counted.ts';
import { stopAhead, triedScores } from '../../../../stop/patience.ts';
import { isDoubted, isScored } from '../../../../stop/stop-rule.ts';
import { mergesOf, searchedOf } from '../../../../types.ts';
import { EXIT, type CommandContext } from '../../../cli-process.ts';
import { askedRun, type AskedRun, type Stage } from './asked-run.ts';
import type { RequestOptions } from './requests.ts';

interface People {
  /** Answers by name; without a name it is empty. */
  readonly answers: Readonly<Record<string, number>>;
  /** Krippendorff's alpha; null while it says nothing. */
  readonly alpha: number | null;
}

interface Status {
  readonly journal: string;
  readonly output: string;
  readonly stage: Stage;
  /** Who writes the journal. */
  readonly process: string | null;
  /** Iterations that are finished, and the limit. */
  readonly iterations: { readonly done: number; readonly of: number | null };
  /** Numbers of those that are being measured, or were when the run was killed. */
  readonly underWay: readonly number[];
  readonly best: { readonly iteration: number; readonly score: number } | null;
  readonly images: number;
  readonly secondsPerIteration: number | null;
  /** To the limit; null where nothing runs or nothing tells. */
  readonly secondsLeft: number | null;
  /** Iterations until the early stop if nothing gets better. */
  readonly untilEarlyStop: number | null;
  /** Who has rated its images, and how far they agree; null where nobody has. */
  readonly people: People | null;
  /** The front of a search with several goals; absent where it has one score. */
  readonly goals?: Readonly<Record<string, unknown>>;
  readonly paused: { readonly by: string; readonly since: string; readonly until?: string } | null;
  /** When the journal was last written to, ISO 8601. */
  readonly lastRecord: string;
  /** Why it ended. */
  readonly reason: string | null;
  /** What each WebUI does; none where nothing runs. */
  readonly servers: readonly ServerStatus[];
  /** The last ones of its log, the oldest first. */
  readonly warnings: readonly string[];
}

export async function statusCommand(
  context: CommandContext,
  name: string,
  { folder, json }: RequestOptions,
): Promise<number> {
  const run = await askedRun(name, folder);
  // What a run that is gone has left is old.
  const now = run.owner === undefined ? undefined : await readStatus(filesOf(run.journal).status);
  const status = statusOf(run, now?.servers ?? []);
  if (json === true) context.printJson(status);
  else context.print(statusLines(status).join('\n'));
  return EXIT.ok;
}

function statusOf(run: AskedRun, servers: readonly ServerStatus[]): Status {
  const { plan, records, finished, open, stage, owner, pause, end, journal } = run;
  const resumed = records.findLast((record) => record.kind === 'resumed');
  const {
    iterations = plan.config.iterations,
    patience = plan.config.patience,
    tolAbs = plan.config.tolAbs ?? 0,
    tolRel = plan.config.tolRel ?? 0,
  } = resumed?.limits ?? {};
  const comparable = comparableIn(plan, finished);
  const scoreOf = (trial: { readonly id: number; readonly score: number }): number =>
    comparable.get(trial.id) ?? trial.score;
  const [best] = mergesOf(finished)
    .filter(isScored)
    .toSorted((a, b) => scoreOf(b) - scoreOf(a));
  const standing = standingOf(plan, finished);
  const tried = triedScores(finished, comparable, goalsIn(plan, finished)?.values);
  const done = searchedOf(finished).filter((trial) => !isDoubted(trial)).length;
  const pace = secondsPerTrial(finished);
  // A pause may be one within the proof.
  const isSearching = (stage === 'searching' || stage === 'paused') && stageOf(records)?.isProof !== true;
  return {
    journal,
    output: run.output,
    stage,
    process: owner ?? null,
    iterations: { done, of: iterations ?? null },
    underWay: open.map(({ id }) => id),
    best: best === undefined ? null : { iteration: best.id, score: scoreOf(best) },
    images: finished.reduce((sum, { images }) => sum + images.length, 0),
    secondsPerIteration: pace ?? null,
    secondsLeft:
      isSearching && pace !== undefined && iterations !== undefined
        ? pace * Math.max(0, iterations - done)
        : null,
    untilEarlyStop:
      isSearching && plan.config.earlyStop === true && patience !== undefined
        ? (stopAhead(tried, { patience, tolAbs, tolRel })?.left ?? patience)
        : null,
    people: peopleIn(finished),
    ...(standing !== undefined && { goals: standingJson(standing) }),
    paused:
      pause === undefined
        ? null
        : {
            by: pause.by,
            since: pause.time.at,
            ...(pause.until !== undefined && { until: pause.until }),
          },
    lastRecord: fs.statSync(journal).mtime.toISOString(),
    reason: end?.reason.message ?? null,
    servers,
    warnings: lastWarnings(filesOf(journal).log),
  };
}

function peopleIn(finished: AskedRun['finished']): People | null {
  const agreement = peopleOf(finished);
  if (agreement === undefined) return null;
  return { answers: Object.fromEntries(agreement.people), alpha: agreement.alpha ?? null };
}

function peopleText({ answers, alpha }: People): string {
  const all = Object.entries(answers).map(
    ([name, count]) => `${name === '' ? 'without a name' : name} ${counted(count, 'answer')}`,
  );
  return `${all.join(', ')}${alpha === null ? '' : `; Krippendorff's alpha ${alpha.toFixed(2)}`}`;
}

function statusLines(status: Status): string[] {
  const { iterations, underWay, best, images, secondsLeft, untilEarlyStop, people, warnings } = status;
  const line = (name: string, text: string): string => `${name.padEnd(11)} ${text}`;
  return [
    line('run', `${status.output}  ${status.journal}`),
    line('state', stateText(status)),
    ...status.servers.map((server, n) => line(n === 0 ? 'now' : '', serverText(server))),
    line(
      'iterations',
      `${iterations.done}${iterations.of === null ? '' : ` of ${iterations.of}`}${underWay.length > 0 ? `, #${underWay.join(', #')} running` : ''}`,
    ),
    line('best', best === null ? 'none yet' : `${scoreText(best.score)} (#${best.iteration})`),
    line('images', String(images)),
    ...(secondsLeft === null
      ? []
      : [
          line(
            'time left',
            `${duration(secondsLeft)} at most, ${duration(status.secondsPerIteration ?? 0)} per iteration`,
          ),
        ]),
    ...(untilEarlyStop === null
      ? []
      : [line('early stop', `in ${counted(untilEarlyStop, 'iteration')} without improvement`)]),
    ...(people === null ? [] : [line('people', peopleText(people))]),
    ...warnings.map((warning, n) => line(n === 0 ? 'warnings' : '', warning)),
  ];
}

/** `image 3 of 8, step 12/20; It draws the images of iteration 5. (http://127.0.0.1:7860)` */
function serverText({ name, address, state, sentence, work }: ServerStatus): string {
  const image = work === null || state !== 'drawing' ? '' : `${imageText(work)}; `;
  return printable(`${image}${sentence} (${address ?? name})`);
}

function stateText({ stage, process, paused, reason, lastRecord, journal }: Status): string {
  switch (stage) {
    case 'ended':
      return `ended: ${reason ?? ''}`;
    case 'dead':
      return `killed, last active at ${lastRecord}; autombw resume "${journal}" continues it`;
    default: {
      const what = {
        searching: 'running',
        stopping: 'stops after the current iteration',
        proving: 'testing the best on fresh images',
        paused: '',
      };
      return `${paused === null ? what[stage] : pauseText(paused)}, ${process ?? ''}`;
    }
  }
}

/** Bytes at the end of a log that are looked through. */
const LOG_END = 256 * 1024;
const MOST_WARNINGS = 3;
/** Of pino. */
const WARN = 40;
const lineSchema = z.object({ level: z.int(), msg: z.string() });

/** None where there is no log: it is for people, and nothing depends on it. */
function lastWarnings(log: string): string[] {
  return endOf(log)
    .split('\n')
    .flatMap((text) => {
      const line = lineSchema.safeParse(parsed(text)).data;
      return line !== undefined && line.level >= WARN ? [line.msg] : [];
    })
    .slice(-MOST_WARNINGS);
}

function endOf(file: string): string {
  try {
    const handle = fs.openSync(file, 'r');
    try {
      const { size } = fs.fstatSync(handle);
      const bytes = Buffer.alloc(Math.min(size, LOG_END));
      return bytes.toString('utf8', 0, readBytes(handle, bytes, size - bytes.length));
    } finally {
      fs.closeSync(handle);
    }
  } catch {
    return '';
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
