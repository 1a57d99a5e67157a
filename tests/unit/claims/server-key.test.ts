import os from 'node:os';
import { describe, expect, it } from 'vitest';
import { serverKey } from '../../../src/claims/server-key.ts';

describe('the name of a server', () => {
  it.each([
    'http://127.0.0.1:7860',
    'http://localhost:7860/',
    'localhost:7860',
    'http://LOCALHOST.:7860',
    'http://[::1]:7860',
    'http://0.0.0.0:7860',
    'http://[::]:7860',
    'http://[::ffff:127.0.0.1]:7860',
    'http://user:word@127.0.0.1:7860',
    'http://me.lan:7860',
    'http://10.0.0.7:7860',
    'http://[fe80::7]:7860',
  ])('%s is this machine', (url) => {
    expect(serverKey(url, ['ME.lan', '10.0.0.7', 'fe80::7%eth0'])).toBe('localhost:7860');
  });

  it('is that of this machine under its own name', () => {
    expect(serverKey(`http://${os.hostname()}:7860`)).toBe('localhost:7860');
  });

  it('tells ports, machines and paths apart', () => {
    expect(serverKey('http://gpu.lan', [])).toBe('gpu.lan:80');
    expect(serverKey('https://gpu.lan/', [])).toBe('gpu.lan:443');
    expect(serverKey('https://gpu.lan/second/', [])).toBe('gpu.lan:443/second');
    expect(serverKey('127.0.0.2:7860', [])).toBe('127.0.0.2:7860');
  });

  it('shows no password of an address that is none', () => {
    expect(serverKey('me:secret@:::', [])).not.toContain('secret');
  });
});
