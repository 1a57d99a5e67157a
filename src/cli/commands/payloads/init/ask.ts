/** All questions in order: answered by flags, by the person at the terminal, or by their defaults. */
import { usageError } from '../../../../shared/errors.ts';
import { counted } from '../../../../shared/counted.ts';
import { didYouMean } from '../../../../shared/nearest-name.ts';
import { flagOf } from '../../../../shared/option-flag.ts';
import { scorerNames } from '../../../../score/index.ts';
import type { Asker } from './asker.ts';
import { checkAnswer } from './check-answer.ts';
import { DETAILS, QUESTIONS, type Answer, type Question } from './questions.ts';
import { standardOf } from './family-defaults.ts';
import type { ServerLists } from './server-lists.ts';

export interface AskSettings {
  /** By key of the question. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** Undefined = nobody can be asked. */
  readonly asker: Asker | undefined;
  /** Take the default of every question that has one. */
  readonly yes: boolean;
  readonly server: ServerLists | undefined;
  /** Why a payload cannot have that name. */
  readonly checkName: (name: string) => string | undefined;
  readonly onWarning: (warning: string) => void;
}

export type Answers = Readonly<Record<string, Answer>>;

/** @throws usage error `init-missing` naming the flags without which nobody can be asked, before any server is */
export function assertComplete({ flags, asker }: Pick<AskSettings, 'flags' | 'asker'>): void {
  const missing = QUESTIONS.filter(({ key, standard }) => standard === undefined && flags[key] === undefined);
  if (asker !== undefined || missing.length === 0) return;
  const list = missing.map(({ key }) => flagOf(key)).join(', ');
  throw usageError(
    'init-missing',
    `There is no terminal to ask questions on, so give ${list.replace(/, ([^,]*)$/, ' and $1')}; everything else has a default.`,
  );
}

/** @throws usage error `init-answer` or `output-exists` for the value of a flag, or Cancelled */
export async function askAll(settings: AskSettings): Promise<Answers> {
  for (const question of QUESTIONS) checkFlag(question, settings);
  const answers: Record<string, Answer> = {};
  for (const question of QUESTIONS) answers[question.key] = await answerTo(question, answers, settings);
  return answers;
}

/** Mistakes in flags are told before the first question. */
function checkFlag(question: Question, { flags, server, checkName, onWarning }: AskSettings): void {
  const given = flags[question.key];
  if (given === undefined) return;
  const checked = checkAnswer(question, asAnswer(given));
  if ('problem' in checked) {
    throw usageError('init-answer', `${flagOf(question.key)} ${checked.problem}`);
  }
  const { value } = checked;
  const taken = question.place === 'name' ? checkName(String(value)) : undefined;
  if (taken !== undefined) throw usageError('output-exists', taken);
  const doubt = doubtOf(question, String(value), server);
  if (doubt !== undefined) onWarning(doubt);
}

async function answerTo(question: Question, before: Answers, settings: AskSettings): Promise<Answer> {
  const { flags, asker, yes } = settings;
  const { key, onlyWith } = question;
  const standard = standardOf(question, { ...flags, ...before });
  const given = flags[key];
  if (given !== undefined) {
    const checked = checkAnswer(question, asAnswer(given));
    if ('value' in checked) return checked.value;
  }
  const isIdle = onlyWith !== undefined && before[onlyWith] !== true;
  if (standard !== undefined && (yes || isIdle || asker === undefined)) return standard;
  if (asker === undefined) throw new Error(`nobody to ask for ${key}`);
  const label = key === DETAILS ? `${drawingNow({ ...flags, ...before })} ${question.label}` : question.label;
  return ask({ ...question, label, ...(standard !== undefined && { standard }) }, before, asker, settings);
}

/** @param known the answers so far, and those that flags give */
function drawingNow(known: Readonly<Record<string, unknown>>): string {
  const now = (wanted: string): string => {
    const question = QUESTIONS.find(({ key }) => key === wanted);
    const value = known[wanted] ?? (question && standardOf(question, known));
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  const count = Number(now('nIter')) * Number(now('batchSize'));
  return `${counted(count, 'image')} of ${now('width')} × ${now('height')} pixels, ${counted(Number(now('steps')), 'step')}, CFG ${now('cfgScale')}, ${now('samplerName')} (${now('scheduler')}), seed ${now('seed')}.`;
}

async function ask(
  question: Question,
  before: Answers,
  asker: Asker,
  settings: AskSettings,
): Promise<Answer> {
  const { label, kind, standard, place } = question;
  if (kind === 'yes-no') return asker.confirm({ label, standard: standard === true });
  const isModelA = (name: string): boolean =>
    question.key === 'modelB' && fold(name) === fold(String(before['modelA']));
  // Whoever takes every default must not merge a model with itself.
  const choices = choicesOf(question, settings.server).filter((name) => !isModelA(name));
  if (choices.length > 0) {
    const initial = choices.find((one) => fold(one) === fold(String(standard ?? '')));
    return asker.choose({ label, choices, ...(initial === undefined ? {} : { standard: initial }) });
  }
  const text = await asker.text({
    label,
    ...(standard === undefined ? {} : { standard: String(standard) }),
    check: (given) => {
      const checked = checkAnswer(question, given);
      if ('problem' in checked) return `It ${checked.problem}`;
      if (isModelA(given)) return 'That is model A; choose a different one.';
      return place === 'name' ? settings.checkName(given) : undefined;
    },
  });
  const checked = checkAnswer(question, text);
  if ('problem' in checked) throw usageError('init-answer', `${label}: it ${checked.problem}`);
  return checked.value;
}

function choicesOf({ key, choices, list }: Question, server: ServerLists | undefined): readonly string[] {
  if (key === 'scorer') return scorerNames;
  return choices ?? (list === undefined ? [] : (server?.lists[list] ?? []));
}

/** ComfyUI is also given the WebUI’s names, which it does not list. */
function doubtOf(
  { list, label }: Question,
  value: string,
  server: ServerLists | undefined,
): string | undefined {
  if (list === undefined || server === undefined) return undefined;
  if (server.family === 'comfyui' && list !== 'models') return undefined;
  const names = server.lists[list];
  const isThere = names.some(
    (name) => fold(name) === fold(value) || fold(withoutExtension(name)) === fold(value),
  );
  if (isThere || (list === 'models' && /^[0-9a-f]{8,64}$/i.test(value))) return undefined;
  return `! ${label}: ${server.address} does not list "${value}".${didYouMean(value, [...names, ...names.map(withoutExtension)])}`;
}

function asAnswer(given: unknown): Answer {
  return typeof given === 'number' || typeof given === 'boolean' ? given : String(given);
}

function fold(text: string): string {
  return withoutExtension(text)
    .trim()
    .toLowerCase()
    .replaceAll('\\', '/')
    .replace(/ \[[0-9a-f]+\]$/, '');
}

function withoutExtension(name: string): string {
  return name.replace(/\.(safetensors|ckpt|pt|pth|bin)$/i, '').replace(/^.*\//, '');
}
