import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../../src/renderers/http/address.ts';

describe('parseAddress', () => {
  it.each([
    ['http://127.0.0.1:7860', 'http://127.0.0.1:7860/', 'http://127.0.0.1:7860'],
    ['127.0.0.1:7860', 'http://127.0.0.1:7860/', 'http://127.0.0.1:7860'],
    ['localhost:7860/', 'http://localhost:7860/', 'http://localhost:7860'],
    ['https://gpu.example/sd', 'https://gpu.example/sd/', 'https://gpu.example/sd'],
    ['http://gpu:7860/?__theme=dark#top', 'http://gpu:7860/', 'http://gpu:7860'],
  ])('%s', (url, base, shown) => {
    const address = parseAddress(url);
    expect([address.base.href, address.shown, address.authorization]).toEqual([base, shown, undefined]);
  });

  it('takes credentials out of the address', () => {
    const address = parseAddress('http://user:p%40ss@gpu:7860');
    expect(address.shown).toBe('http://gpu:7860');
    expect(address.base.href).toBe('http://gpu:7860/');
    expect(address.authorization).toBe(`Basic ${btoa('user:p@ss')}`);
  });

  it('prefers auth to the credentials in the address', () => {
    expect(parseAddress('http://a:b@gpu', 'user:pa:ss').authorization).toBe(`Basic ${btoa('user:pa:ss')}`);
  });

  it.each(['ftp://gpu', 'http://', 'http://secret:word@:1', 'not an address', 'file:///etc'])(
    'refuses %s without quoting a password',
    (url) => {
      expect(() => parseAddress(url)).toThrow(
        expect.objectContaining({ code: 'webui-address', kind: 'usage' }),
      );
      expect(() => parseAddress(url)).not.toThrow(/word/);
    },
  );

  it('refuses a login without a colon, and does not quote it', () => {
    expect(() => parseAddress('http://gpu', 'hunter2')).toThrow(
      expect.objectContaining({ code: 'webui-credentials', kind: 'usage' }),
    );
    expect(() => parseAddress('http://gpu', 'hunter2')).not.toThrow(/hunter2/);
  });
});
