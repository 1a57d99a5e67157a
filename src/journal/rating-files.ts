/**
 * What people are asked of pictures while a run is under way, and what they say: two files beside its journal. The run alone writes
 * the questions; any process (a live page) appends answers. Both are only ever appended to, so that neither a page that is
 * restarted nor a run that is killed loses an answer. What counts in the end stands in the journal.
 */
import { createHash, randomUUID } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { runError } from '../shared/errors.ts';
import { appendLine } from '../shared/files/append-line.ts';
import { parseJson } from '../shared/parse-json.ts';
import { systemReason } from '../shared/system-error.ts';
import { filesOf } from './name-run.ts';

/** SHA-256 of pixels, hex: the name of a picture's file, without its ending. */
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const id = z.string().regex(/^[0-9a-f]{24}$/);

/** A picture of the run: which image of which trial it is, or null for one of no search; and its pixels. */
const about = z.object({
  trial: z.int().min(1).nullable(),
  request: z.string(),
  index: z.int().min(0),
  pixels: hash,
});

const question = z.object({
  line: z.literal('question'),
  /** The same for the same pictures, also after a resume. */
  id,
  about,
  /** Of the trial that it is compared with; null = it is rated by itself. */
  against: z.object({ trial: z.int().min(1), pixels: hash }).nullable(),
  /** The new picture is shown first. */
  isNewFirst: z.boolean(),
  payload: z.string(),
  seed: z.number(),
  prompt: z.string(),
  /** Which picture of how many that are being made for the trial, from 1; null where nobody knows. */
  batch: z.object({ nth: z.int().min(1), of: z.int().min(1) }).nullable(),
});

const questionLine = z.discriminatedUnion('line', [
  /** A process of the run begins to ask: what was open before is asked again where it is still of use. */
  z.object({
    line: z.literal('begin'),
    time: z.string(),
    ask: z.enum(['ratings', 'pairs']),
    /** So many different people have to answer. */
    people: z.int().min(1),
  }),
  question,
  /** Pictures that wait behind the questions, without one of their own so far. */
  z.object({ line: z.literal('behind'), pictures: z.int().min(0) }),
  /** What was said of them counts: nothing can be taken back any more. */
  z.object({ line: z.literal('counted'), ids: z.array(id) }),
]);

export type QuestionLine = z.output<typeof questionLine>;
export type Question = Omit<z.output<typeof question>, 'line'>;
export type PictureOf = z.output<typeof about>;

/** A name that people give: short, and nothing in it that moves, hides or reorders text. */
export const personName = z
  .string()
  .trim()
  .max(40)
  .regex(/^[^\p{Cc}\p{Cs}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]*$/u);

/** What somebody says of a question. */
export const said = z.union([
  /** 0 to 10. */
  z.strictObject({ rating: z.number().min(0).max(10) }),
  /** How much better the first picture is than the second, -2 to 2. */
  z.strictObject({ first: z.int().min(-2).max(2) }),
  /** The picture is left out. */
  z.strictObject({ skip: z.literal(true) }),
  /** What the same person said of it before is taken back. */
  z.strictObject({ undo: z.literal(true) }),
]);

export type Said = z.output<typeof said>;

const answerLine = z.object({
  /** Of this line alone. */
  id: z.string().max(100),
  time: z.string(),
  question: id,
  /** Empty = nobody gave a name. */
  by: personName,
  said,
});

export type AnswerLine = z.output<typeof answerLine>;

export const QUESTIONS_SUFFIX = '.questions.jsonl';
export const ANSWERS_SUFFIX = '.answers.jsonl';
export const questionsFile = (journal: string): string => filesOf(journal).stem + QUESTIONS_SUFFIX;
export const answersFile = (journal: string): string => filesOf(journal).stem + ANSWERS_SUFFIX;
/** Folder of the pictures that people are asked about. */
export const questionPictures = (journal: string): string => `${filesOf(journal).stem}.questions`;

export function questionId(
  { trial, request, index, pixels }: PictureOf,
  against: Question['against'],
): string {
  const key = JSON.stringify([trial, request, index, pixels, against?.trial, against?.pixels]);
  return createHash('sha256').update(key).digest('hex').slice(0, 24);
}

/** @throws run error `rating-write` */
export function appendQuestions(journal: string, lines: readonly QuestionLine[]): void {
  append(questionsFile(journal), lines.map((line) => JSON.stringify(line)).join('\n'));
}

/** @throws run error `rating-write` */
export function appendAnswer(
  journal: string,
  { question: about, by, said: what }: Pick<AnswerLine, 'question' | 'by' | 'said'>,
  now = new Date(),
): void {
  const line: AnswerLine = { id: randomUUID(), time: now.toISOString(), question: about, by, said: what };
  append(answersFile(journal), JSON.stringify(line));
}

function append(file: string, line: string): void {
  try {
    appendLine(file, line);
  } catch (cause) {
    throw runError('rating-write', `${path.basename(file)} cannot be written (${systemReason(cause)}).`, {
      cause,
      endsRun: true,
    });
  }
}

/** Undefined for a line that is none: another version may have written it. */
export function parseQuestionLine(text: string): QuestionLine | undefined {
  return questionLine.safeParse(parseJson(text)).data;
}

export function parseAnswerLine(text: string): AnswerLine | undefined {
  return answerLine.safeParse(parseJson(text)).data;
}
