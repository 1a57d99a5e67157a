import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../../src/config/without-secrets.ts';

describe('a configuration that is kept', () => {
  it('has no login, of every pass neither', () => {
    const raw = {
      webui: 'me:pa@ss@host:7860/x',
      webuiAuth: 'a:b',
      gradioAuth: 'a:b',
      onEvent: ['x'],
      seed: 1,
    };
    const open = { webui: 'host:7860/x', seed: 1 };
    expect(withoutSecrets({ ...raw, pass: [raw, 'x'] })).toEqual({ ...open, pass: [open, 'x'] });
    expect(withoutSecrets({ webui: ['https://a:b@h', 'http://h/@x'] })).toEqual({
      webui: ['https://h', 'http://h/@x'],
    });
  });

  it.each([
    [{ 'http.headers.X-Api-Key': 'v' }, { 'http.headers.X-Api-Key': 'env:AUTOMBW_SCORER_X_API_KEY' }],
    [
      { 'http.headers': '{"cookie":"v","a":"b"}' },
      { 'http.headers': { cookie: 'env:AUTOMBW_SCORER_COOKIE', a: 'b' } },
    ],
    [
      { http: { headers: { token: 'env:MINE' }, retries: 3 } },
      { http: { headers: { token: 'env:MINE' }, retries: 3 } },
    ],
    [
      { http: { url: 'https://u:p@h/a?size=1&apikey=v#x' } },
      { http: { url: 'https://h/a?size=1&apikey=env:AUTOMBW_SCORER_APIKEY#x' } },
    ],
    [{ 'webui-tags.url': 'http://u:p@h' }, { 'webui-tags.url': 'http://h' }],
    [{ 'command.run': 'python score.py me@host' }, { 'command.run': 'python score.py me@host' }],
  ])('names secrets of scorers by variables: %j', (given, kept) => {
    expect(withoutSecrets({ scorerOptions: given })).toEqual({ scorerOptions: kept });
  });
});
