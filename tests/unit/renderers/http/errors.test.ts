import { describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '../../../../src/shared/error-codes.ts';
import {
  asFoundBeforeRun,
  isConnectionLoss,
  isSpoiledReply,
  isTransient,
  leavesDoubt,
  MODEL_FIELD,
  webuiError,
  type WebuiErrorCode,
} from '../../../../src/renderers/http/errors.ts';

/** The only errors of the renderers that are none of a WebUI: their codes are not in the family. */
const OTHERS: readonly ErrorCode[] = ['webui-address', 'webui-credentials', 'webui-setting-refused'];

const isOfWebui = (code: ErrorCode): code is WebuiErrorCode =>
  code.startsWith('webui-') && !OTHERS.includes(code);
const FAMILY = ERROR_CODES.renderers.filter(isOfWebui);
const that = (holds: (error: unknown) => boolean): readonly string[] =>
  FAMILY.filter((code) => holds(webuiError(code, 'x')));

describe('what a failure of a WebUI means', () => {
  it('passes, or is cured by setting the merge up again', () => {
    expect(that(isTransient)).toEqual([
      'webui-api-disabled',
      'webui-bad-reply',
      'webui-busy',
      'webui-extension-gone',
      'webui-interrupted',
      'webui-lost',
      'webui-merge-refused',
      'webui-model-not-loaded',
      'webui-not-a-webui',
      'webui-out-of-memory',
      'webui-refused',
      'webui-server-error',
      'webui-timeout',
      'webui-unet-replaced',
    ]);
  });

  it('is the loss of the server, or of one reply', () => {
    expect(that(isConnectionLoss)).toEqual(['webui-api-disabled', 'webui-lost', 'webui-refused']);
    expect(that(isSpoiledReply)).toEqual(['webui-bad-reply', 'webui-lost']);
    expect(isSpoiledReply(webuiError('webui-lost', 'x', { status: 404 }))).toBe(false);
    expect(isSpoiledReply(webuiError('webui-server-error', 'x', { status: 502 }))).toBe(true);
  });

  it('leaves the merge in doubt whenever it is to be set up again, but for what somebody only put off', () => {
    const harmless = that(isTransient).filter((code) => !that(leavesDoubt).includes(code));
    expect(harmless).toEqual(['webui-busy', 'webui-interrupted']);
  });

  it('can be put right by the person at the keyboard', () => {
    const usage = FAMILY.filter((code) => {
      const found = asFoundBeforeRun(webuiError(code, 'x'));
      return found instanceof Error && 'kind' in found && found.kind === 'usage';
    });
    expect(usage).toEqual([
      'webui-api-disabled',
      'webui-auth',
      'webui-merge-way-missing',
      'webui-model-ambiguous',
      'webui-model-not-loaded',
      'webui-model-unknown',
      'webui-not-a-webui',
      'webui-refused',
      'webui-same-model',
    ]);
  });

  it('depends on the field for another answer than was asked for', () => {
    expect(webuiError('webui-wrong-reply', 'x', { field: MODEL_FIELD }).retry).toBe('rearm');
    expect(webuiError('webui-wrong-reply', 'x', { field: 'seed' }).retry).toBe('never');
  });
});
