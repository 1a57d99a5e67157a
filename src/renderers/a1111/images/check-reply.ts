/**
 * Did the server do what it was asked? It replaces unknown samplers, schedulers and checkpoints in silence, with
 * status 200; only the reply's `info` tells.
 */
import { didYouMean } from '../../../shared/nearest-name.ts';
import type { ImageRequest } from '../../../types.ts';
import { MODEL_FIELD, webuiError } from '../../http/errors.ts';
import type { Retry } from '../../../shared/errors.ts';
import type { WebuiError } from '../../http/errors.ts';
import { assertSettings } from './check-settings.ts';
import { infotextField } from './infotext-field.ts';
import type { ExpectedModel, MergedBody } from '../backends/backend.ts';
import { isAutomatic, isSameSampler, namesOf, same, splitSampler } from './sampler-names.ts';
import type { GenerationInfo, Schedulers } from '../schemas.ts';

export interface Expectations {
  /** For messages. */
  readonly address: string;
  readonly model: ExpectedModel;
  /** Empty where the server has no such list. */
  readonly schedulers: Schedulers;
  /** The body as it went out, with what the backend has added to the request's own; that alone unless given. */
  readonly sent?: MergedBody;
}

/** @throws WebuiError `webui-wrong-reply` with the field, what was asked and what came */
export function assertAsAsked(request: ImageRequest, info: GenerationInfo, expected: Expectations): void {
  const fail = (
    field: string,
    asked: unknown,
    got: unknown,
    advice: string,
    retry: Retry | undefined = 'image',
  ): WebuiError =>
    webuiError(
      'webui-wrong-reply',
      `The WebUI at ${expected.address} answered "${request.id}" with a different ${field}: requested ${String(asked)}, got ${String(got)}. ${advice}`,
      { field, retry },
    );
  const failModel = (asked: unknown, got: unknown, what: string): WebuiError =>
    fail(MODEL_FIELD, asked, got, what, 'rearm');

  const { names, hash, notHash = null, advice = SWITCHED } = expected.model;
  const name = info.sd_model_name ?? null;
  const isExpected = name === null || names.includes(name) || expected.model.matches?.(name);
  if (isExpected !== true) throw failModel(names[0], name, advice);
  const gotHash = info.sd_model_hash ?? null;
  if (notHash !== null && gotHash === notHash) {
    throw failModel(names[0], `${name} [${gotHash}]`, advice);
  }
  if (hash !== null && gotHash !== null && gotHash !== hash) {
    throw failModel(`${names[0]} [${hash}]`, `${name} [${gotHash}]`, 'The file has changed.');
  }

  const seeds = info.all_seeds.slice(0, request.seeds.length);
  if (info.all_seeds.length !== request.seeds.length || seeds.some((seed, i) => seed !== request.seeds[i])) {
    throw fail(
      'seed',
      request.seeds,
      info.all_seeds,
      'An extension may be changing seeds or adding images; turn it off.',
    );
  }

  assertSampler(request, info, expected.schedulers, fail);

  for (const side of ['width', 'height'] as const) {
    const asked = request.body[side];
    const got = info[side] ?? null;
    // With the old hires fields the base size is worked out by the server.
    if (typeof asked !== 'number' || got === null || isOldHires(request)) continue;
    if (asked !== got) throw fail(side, asked, got, 'An extension may be changing the size; turn it off.');
  }

  assertSettings(request, expected.sent ?? request.body, info, fail);
}

const SWITCHED = 'Somebody switched checkpoints; leave the WebUI alone until the run ends.';

/** The name is unknown to the server, and will be again. */
type FailFor = (field: string, asked: unknown, got: unknown, advice: string, retry: Retry) => WebuiError;

function assertSampler(
  request: ImageRequest,
  info: GenerationInfo,
  schedulers: Schedulers,
  fail: FailFor,
): void {
  const asked = textField(request, 'sampler_name');
  const split = splitSampler(asked, schedulers);
  const scheduler = split?.scheduler ?? textField(request, 'scheduler');
  const infotext = info.infotexts[info.index_of_first_image];
  for (const got of [info.sampler_name ?? undefined, infotextField(infotext, 'Sampler')]) {
    if (asked === undefined || got === undefined || isSameSampler(got, asked)) continue;
    if (split !== undefined && isSameSampler(got, split.sampler)) continue;
    // Versions before 1.9 name both in one.
    if (scheduler !== undefined && isSameSampler(got, `${asked} ${scheduler}`)) continue;
    throw fail(
      'sampler',
      asked,
      got,
      'The WebUI does not know the sampler; correct the name in the payload.',
      'image',
    );
  }
  const gotScheduler = schedulerIn(info);
  if (scheduler === undefined || gotScheduler === undefined || isAutomatic(scheduler)) return;
  const known = schedulers.find((one) => namesOf(one).some((name) => same(name, scheduler)));
  if (same(known?.label ?? scheduler, gotScheduler)) return;
  const labels = schedulers.map(({ label }) => label);
  throw fail(
    'scheduler',
    scheduler,
    gotScheduler,
    known === undefined
      ? `The WebUI does not know the scheduler; correct the name in the payload.${didYouMean(scheduler, labels)}`
      : 'An extension may be changing it; turn it off.',
    'never',
  );
}

/** Only the infotext has it for every sampler. */
function schedulerIn({ infotexts, index_of_first_image: first }: GenerationInfo): string | undefined {
  return infotextField(infotexts[first], 'Schedule type');
}

function isOldHires({ body }: ImageRequest): boolean {
  return ['firstphase_width', 'firstphase_height'].some(
    (key) => typeof body[key] === 'number' && body[key] > 0,
  );
}

function textField({ body }: ImageRequest, key: string): string | undefined {
  const value = body[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
