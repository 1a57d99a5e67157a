import { describe, expect, it } from 'vitest';
import { asFoundBeforeRun, isTransient } from '../../../../src/renderers/http/errors.ts';
import {
  failureOfStatus,
  failureOfTransport,
  messageOfErrorBody,
} from '../../../../src/renderers/http/failures.ts';
import type { Call } from '../../../../src/renderers/http/failures.ts';
import { recorded } from '../../../helpers/replay-server.ts';

const call: Call = { address: 'http://gpu:7860', method: 'POST', path: '/sdapi/v1/txt2img' };

describe('messageOfErrorBody: every recorded shape', () => {
  it.each([
    ['txt2img_wrong_type', 'steps: value is not a valid integer'],
    ['txt2img_two_wrong_types', 'steps: value is not a valid integer; cfg_scale: value is not a valid float'],
    ['txt2img_array_body', 'body: value is not a valid dict'],
    ['txt2img_not_json', '11: Expecting value: line 1 column 12 (char 11)'],
    ['txt2img_unknown_alwayson', "Script 'nope' not found"],
    ['post_options_unknown_key', "KeyError: 'no_such_option'"],
    ['post_options_unknown_model', "RuntimeError: model 'doesnotexist' not found"],
    ['txt2img_steps0', 'ZeroDivisionError: integer division or modulo by zero'],
    ['rbm_61_load_B_unknown', ''],
    ['merger_06_api_predict', 'This app has no endpoint /api/modelmerger/.'],
    ['get_not_found', 'Not Found'],
    ['get_txt2img_405', 'Method Not Allowed'],
    ['auth_none_options', 'Not authenticated'],
    ['gauth_login_wrong', 'Incorrect credentials.'],
    ['bbwm_44_file_missing_dir', 'Destination parent directory does not exist'],
  ])('%s', (name, message) => {
    expect(messageOfErrorBody(recorded(name).body)).toBe(message);
  });

  it.each([[undefined], [null], ['text'], [[]], [{}], [{ detail: '', errors: '', error: null }]])(
    'finds none in %j',
    (body) => {
      expect(messageOfErrorBody(body)).toBe('');
    },
  );
});

describe('failureOfStatus', () => {
  it.each([
    ['auth_none_options', 'webui-auth', 'Not authenticated'],
    ['auth_wrong', 'webui-auth', '--webui-auth user:password'],
    ['gauth_none_config', 'webui-auth', '--gradio-auth user:password'],
    ['get_not_found', 'webui-api-disabled', '/sdapi/v1/nope'],
    ['get_txt2img_405', 'webui-rejected', '405'],
    ['txt2img_wrong_type', 'webui-rejected', 'steps: value is not a valid integer'],
    ['txt2img_size_zero', 'webui-server-error', 'Calculated padded input size'],
    ['options_after_wrong_type', 'webui-server-error', 'CLIP_stop_at_last_layers value is not a valid float'],
    ['mm_39_base_changed', 'webui-server-error', 'Tensor on device meta'],
    ['rbm_79_unload_twice', 'webui-server-error', 'without giving a reason'],
  ])('%s is %s', (name, code, part) => {
    const { request, status, body } = recorded(name);
    const method = request.method === 'GET' ? 'GET' : 'POST';
    const failure = failureOfStatus({ ...call, method, path: request.path }, status, JSON.stringify(body));
    expect([failure.code, failure.status, failure.kind]).toEqual([code, status, 'run']);
    expect(failure.message).toContain(part);
    expect(failure.message).toContain('http://gpu:7860');
    expect(failure.message).not.toContain('\n');
  });

  it.each([
    {
      error: 'OutOfMemoryError',
      detail: '',
      body: '',
      errors: 'CUDA out of memory. Tried to allocate 2.00 GiB',
    },
    { error: 'RuntimeError', detail: '', body: '', errors: 'MPS backend out of memory' },
    { error: 'OutOfMemoryError', detail: '', body: '', errors: '' },
  ])('knows memory that ran out: %j', (body) => {
    const failure = failureOfStatus(call, 500, JSON.stringify(body));
    expect(failure.code).toBe('webui-out-of-memory');
    expect(isTransient(failure)).toBe(true);
  });

  it('survives a page of HTML and cuts long reasons', () => {
    expect(failureOfStatus(call, 502, '<html>').code).toBe('webui-server-error');
    const long = failureOfStatus(call, 500, JSON.stringify({ error: 'E', errors: 'x'.repeat(10_000) }));
    expect(long.message.length).toBeLessThan(600);
  });
});

describe('what may be tried again', () => {
  it.each([
    [
      failureOfTransport(call, Object.assign(new Error('x'), { code: 'ECONNREFUSED' })),
      'webui-refused',
      true,
    ],
    [failureOfTransport(call, Object.assign(new Error('x'), { code: 'UND_ERR_SOCKET' })), 'webui-lost', true],
    [
      failureOfTransport(
        call,
        new Error('x', { cause: Object.assign(new Error('y'), { code: 'ENOTFOUND' }) }),
      ),
      'webui-refused',
      true,
    ],
    [failureOfStatus(call, 500, '{"error":null}'), 'webui-server-error', true],
    [failureOfStatus(call, 422, '{"detail":"no"}'), 'webui-rejected', false],
    [failureOfStatus(call, 401, ''), 'webui-auth', false],
  ])('%s', (failure, code, transient) => {
    expect([failure.code, isTransient(failure)]).toEqual([code, transient]);
  });

  it('says no to anything else', () => {
    expect([isTransient(new Error('webui-lost')), isTransient(undefined)]).toEqual([false, false]);
  });

  it('becomes a usage error before the run where the user can act', () => {
    const refused = failureOfTransport(call, Object.assign(new Error('x'), { code: 'ECONNREFUSED' }));
    expect(asFoundBeforeRun(refused)).toMatchObject({
      kind: 'usage',
      code: 'webui-refused',
      message: refused.message,
    });
    const broken = failureOfStatus(call, 500, '{"error":null}');
    expect(asFoundBeforeRun(broken)).toBe(broken);
  });
});

describe('out of memory', () => {
  it.each([
    { error: 'OutOfMemoryError', errors: 'CUDA out of memory. Tried to allocate 2.00 GiB' },
    { error: 'ExceptionGroup', errors: 'unhandled errors in a TaskGroup', detail: 'CUDA out of memory.' },
    { error: 'ExceptionGroup', errors: '', body: 'torch.cuda.OutOfMemoryError: Tried to allocate' },
    { error: 'RuntimeError', errors: 'CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate' },
    { error: 'RuntimeError', errors: "[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 bytes" },
    { detail: { message: 'MPS backend out of memory' } },
  ])('is told by any part of the text: %j', (body) => {
    const failure = failureOfStatus(call, 500, JSON.stringify(body));
    expect(failure).toMatchObject({ code: 'webui-out-of-memory', status: 500 });
    expect(failure.message).toMatch(/ran out of memory.*smaller images/);
  });

  it('is not every failure', () => {
    const body = { error: 'ExceptionGroup', errors: 'unhandled errors in a TaskGroup (1 sub-exception)' };
    expect(failureOfStatus(call, 500, JSON.stringify(body)).code).toBe('webui-server-error');
  });
});
