/** Scores image files that belong to no run. */
import path from 'node:path';
import { isExpected, usageError } from '../shared/errors.ts';
import { decodeImage, LARGEST_IMAGE } from '../images/decode.ts';
import type { Judge, Judgement } from '../score/index.ts';
import { isReadFailure, readRegularFile } from '../shared/files/read-file.ts';
import { systemReason } from '../shared/system-error.ts';
import { readInfotext } from '../images/infotext.ts';
import { makeScoring, type ScoringConfig } from './scoring.ts';

export type ScoredFile =
  | ({ readonly file: string } & Judgement)
  /** Why it cannot be judged. */
  | { readonly file: string; readonly reason: string };

export interface ScoreFilesSettings {
  readonly files: readonly string[];
  readonly config: ScoringConfig;
  /** In place of what the file says. */
  readonly prompt: string | undefined;
  readonly negativePrompt: string | undefined;
  readonly signal: AbortSignal;
}

/** One result a file, in order. @throws what making and opening scorers throw */
export async function* scoreFiles(settings: ScoreFilesSettings): AsyncGenerator<ScoredFile> {
  const { files, config, signal } = settings;
  const { scorers, judge } = await makeScoring(config, signal);
  const needsPrompt = scorers.some(({ scorer }) => scorer.needsPrompt);
  try {
    await judge.open(signal);
    for (const file of files) {
      signal.throwIfAborted();
      yield await scoreFile(judge, file, needsPrompt, settings);
    }
  } finally {
    await judge.close();
  }
}

async function scoreFile(
  judge: Judge,
  file: string,
  needsPrompt: boolean,
  settings: ScoreFilesSettings,
): Promise<ScoredFile> {
  const { signal } = settings;
  try {
    const bytes = await readRegularFile(file, { limit: LARGEST_IMAGE, signal });
    const pixels = await decodeImage(bytes);
    const infotext = await readInfotext(bytes);
    const prompt = settings.prompt ?? infotext?.prompt;
    if (prompt === undefined && needsPrompt) {
      throw usageError(
        'prompt-missing',
        'The file does not contain its prompt, but a scorer needs one: give --prompt.',
      );
    }
    const judgement = await judge.judge(
      {
        pixels,
        bytes,
        prompt: prompt ?? '',
        negativePrompt: settings.negativePrompt ?? infotext?.negativePrompt ?? '',
        payload: path.parse(file).name,
        seed: infotext?.seed ?? 0,
        infotext: infotext?.text ?? null,
        reverse: false,
      },
      signal,
    );
    return { file, ...judgement };
  } catch (error) {
    signal.throwIfAborted();
    const isOfTheFile = isExpected(error) || isReadFailure(error);
    if (!isOfTheFile || (isExpected(error) && error.endsRun)) throw error;
    return { file, reason: systemReason(error) };
  }
}
