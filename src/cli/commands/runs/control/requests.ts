/** `pause`, `go-on`, `stop` and `reject`: asked of a run in another process. */
import { appendRequest, type NewRequest } from '../../../../journal/control.ts';
import { rejectionOf, latestOf } from '../../../../run/rejection.ts';
import { usageError } from '../../../../shared/errors.ts';
import { EXIT, type CommandContext } from '../../../cli-process.ts';
import { askedRun, requireRunning, type AskedRun } from './asked-run.ts';

export interface RequestOptions {
  readonly folder: string;
  readonly json?: boolean;
}

export async function pauseCommand(
  context: CommandContext,
  name: string,
  options: RequestOptions,
): Promise<number> {
  const run = await askedRun(name, options.folder);
  requireRunning(run);
  const what = run.isProof
    ? '; the current image is finished first'
    : run.open.length > 0
      ? '; the current iteration is finished first'
      : '';
  return ask(context, run, options, { request: 'pause' }, `Asked ${run.output} to pause${what}.`);
}

export async function goOnCommand(
  context: CommandContext,
  name: string,
  options: RequestOptions,
): Promise<number> {
  const run = await askedRun(name, options.folder);
  requireRunning(run);
  return ask(context, run, options, { request: 'go-on' }, `Asked ${run.output} to continue.`);
}

export async function stopCommand(
  context: CommandContext,
  name: string,
  options: RequestOptions,
): Promise<number> {
  const run = await askedRun(name, options.folder);
  requireRunning(run);
  const [trial] = run.open;
  const when = run.isProof
    ? ' during its proof, after the current image'
    : trial === undefined
      ? ''
      : ` after iteration ${trial.id}, which is being measured`;
  return ask(context, run, options, { request: 'stop' }, `Asked ${run.output} to stop${when}.`);
}

/** @param trial the latest one that has a score when left out */
export async function rejectCommand(
  context: CommandContext,
  name: string,
  trial: number | undefined,
  options: RequestOptions,
): Promise<number> {
  const run = await askedRun(name, options.folder);
  const id = trial ?? latestOf(run.finished);
  const isOpen = run.open.some((one) => one.id === id);
  const rejection = isOpen ? undefined : rejectionOf(run.finished, id);
  if (rejection !== undefined && 'refusal' in rejection)
    throw usageError('reject-refused', rejection.refusal);
  const when = isOpen ? ' as soon as it is measured' : '';
  const text = `Asked ${run.output} to reject iteration ${id}${when}.${whenItGoesOn(run)}`;
  return ask(context, run, options, { request: 'reject', trial: id }, text);
}

/** A request that waits for the run to go on, where nobody is there to follow it. */
export function whenItGoesOn({ stage, isProof, journal }: AskedRun): string {
  const isThere = stage !== 'ended' && stage !== 'dead' && !isProof;
  return isThere
    ? ''
    : ` The search is not running: the request takes effect when it is resumed (autombw resume "${journal}").`;
}

/** @returns the exit code */
export function ask(
  context: CommandContext,
  { journal }: AskedRun,
  { json }: RequestOptions,
  request: NewRequest,
  text: string,
): number {
  const written = appendRequest(journal, { ...request, by: `autombw ${request.request}` });
  if (json === true) context.printJson({ journal, ...written });
  else context.print(text);
  return EXIT.ok;
}
