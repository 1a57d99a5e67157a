/** Writes what a run does just now into its status file: see run-status.ts. */
import fs from 'node:fs';
import { rm } from 'node:fs/promises';
import { replaceFileLater } from '../shared/files/replace-file.ts';
import { atExit } from '../shared/process/at-exit.ts';
import type { LaneState, RunObserver, TrialImage, TrialProgress } from './observer.ts';
import { statusText, type MeasuredStatus, type ServerStatus } from './run-status.ts';

/** Milliseconds from one writing to the next. */
const PAUSE_MS = 1000;

/** A disk that refuses is no matter: the next writing tries it again. Nothing waits for it but the end. */
export function createStatusFile(file: string): RunObserver {
  const servers = new Map<string, ServerStatus>();
  const measured = new Map<number, MeasuredStatus>();
  let isDirty = false;
  let isOver = false;
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stay: (() => void) | undefined;

  const write = async (): Promise<void> => {
    isDirty = false;
    const status = { servers: [...servers.values()], measured: [...measured.values()] };
    await replaceFileLater(file, statusText(status)).catch(() => undefined);
  };
  const rest = (): void => {
    if (isOver) return;
    timer = setTimeout(() => {
      timer = undefined;
      if (isDirty) begin();
    }, PAUSE_MS);
    // The run may end before.
    timer.unref();
  };
  const begin = (): void => {
    // A second Ctrl-C leaves at once.
    stay ??= atExit(() => fs.rmSync(file, { force: true }));
    writing = write().finally(() => {
      writing = undefined;
      rest();
    });
  };
  const change = (): void => {
    isDirty = true;
    if (!isOver && writing === undefined && timer === undefined) begin();
  };

  const onServer = ({ lane: name, address, state, sentence, images, secondsPerImage }: LaneState): void => {
    const before = servers.get(name);
    const isSame = before?.state === state && before.sentence === sentence;
    if (isSame && (images === undefined || before.images === images)) return;
    const made = images === undefined ? {} : { images, secondsPerImage: secondsPerImage ?? null };
    // What it is at work on stays while it waits for something.
    const work = state === 'idle' ? null : (before?.work ?? null);
    const since = before?.state === state ? before.since : new Date().toISOString();
    servers.set(name, { ...before, name, address, state, sentence, since, work, ...made });
    change();
  };
  const onProgress = ({ lane, ...work }: TrialProgress): void => {
    const server = servers.get(lane);
    if (server === undefined || server.state === 'idle') return;
    servers.set(lane, { ...server, work });
    change();
  };
  const onImage = ({ trial, label, had, total, image }: TrialImage): void => {
    // Those of a proof are no iteration's.
    if (label !== undefined) return;
    const { images = [] } = measured.get(trial) ?? {};
    const at = images.findIndex(({ request, index }) => request === image.request && index === image.index);
    const others = at < 0 ? [...images, image] : images.with(at, image);
    measured.set(trial, { trial, had, total, images: others });
    if (had + others.length >= total) drawn(trial);
    change();
  };
  /** Scores may take long, those of people hours. */
  const drawn = (trial: number): void => {
    for (const { name, address, state, work } of servers.values())
      // One that is away has left its images to others.
      if (state !== 'down' && work?.trial === trial && work.label === undefined) {
        const sentence = `The images of iteration ${trial} are drawn and waiting for their scores.`;
        onServer({ lane: name, address, state: 'idle', sentence });
      }
  };
  const forget = (trial: number): void => {
    if (measured.delete(trial)) change();
  };
  return {
    name: 'status file',
    onServer,
    onServerGone(lane) {
      if (servers.delete(lane)) change();
    },
    onProgress,
    onImage,
    onForgotten: forget,
    onTrial: ({ id }) => forget(id),
    async onEnd() {
      isOver = true;
      clearTimeout(timer);
      await writing;
      await rm(file, { force: true }).catch(() => undefined);
      stay?.();
    },
  };
}
