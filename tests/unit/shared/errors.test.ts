import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/images/decode.ts';
import { webuiError } from '../../../src/renderers/http/errors.ts';
import { runError, usageError } from '../../../src/shared/errors.ts';

describe('what a failure says of itself', () => {
  it('is final for its iteration, and not for the run, unless it says otherwise', () => {
    const cause = new Error('behind it');
    expect(runError('score-not-finite', 'x', { cause })).toMatchObject({
      retry: 'never',
      retryLimit: Number.POSITIVE_INFINITY,
      endsRun: false,
      cause,
    });
    expect('cause' in usageError('config-file', 'x')).toBe(false);
  });

  it('a damaged image may be asked for again', async () => {
    await expect(decodeImage(new Uint8Array(100))).rejects.toMatchObject({
      code: 'image-broken',
      retry: 'image',
      endsRun: false,
    });
  });

  it('a WebUI that is shared ends the run', () => {
    expect(webuiError('webui-shared', 'x')).toMatchObject({ retry: 'never', endsRun: true });
    expect(webuiError('webui-lost', 'x')).toMatchObject({ retry: 'rearm', endsRun: false });
    expect(webuiError('webui-auth', 'x')).toMatchObject({ retry: 'image', endsRun: true });
  });
});
