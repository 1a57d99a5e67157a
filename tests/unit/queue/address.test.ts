import { describe, expect, it } from 'vitest';
import { parseQueueAddress } from '../../../src/queue/address.ts';
import { isSameRelease, parsed, registrationSchema } from '../../../src/queue/contract.ts';
import { loadQueuePackages } from '../../../src/queue/packages.ts';
import { scorePlace } from '../../../src/queue/score-place.ts';

describe('the address of a queue', () => {
  it('has a login, a port and a database, and is shown without the login', () => {
    expect(parseQueueAddress('redis://me:p%40ss@queue.lan:7000/2')).toEqual({
      host: 'queue.lan',
      port: 7000,
      db: 2,
      username: 'me',
      password: 'p@ss',
      tls: undefined,
      shown: 'redis://queue.lan:7000/2',
    });
    expect(parseQueueAddress('rediss://[::1]').tls).toEqual({ ca: undefined, servername: undefined });
    expect(parseQueueAddress('rediss://queue.lan').tls).toMatchObject({ servername: 'queue.lan' });
  });

  it.each(['http://me:secret@host', 'redis://me:secret@host/x', 'me:secret@host', 'redis://a:%ff%secret@h'])(
    'is refused without quoting a password: %s',
    (url) => {
      let message = '';
      try {
        parseQueueAddress(url);
      } catch (error) {
        message = String(error);
      }
      expect(message).not.toBe('');
      expect(message).not.toContain('secret');
    },
  );

  it('takes a certificate for TLS alone', () => {
    expect(() => parseQueueAddress('redis://host', 'ca.pem')).toThrow('rediss://');
    expect(() => parseQueueAddress('rediss://host', '/no/ca.pem')).toThrow('/no/ca.pem');
    expect(() => parseQueueAddress('rediss://host', import.meta.filename)).toThrow(
      'does not contain a certificate',
    );
  });
});

describe('what the two sides say', () => {
  it('is read only where it is what it must be', () => {
    expect(parsed(registrationSchema, '{"format":1}')).toBeUndefined();
    expect(parsed(registrationSchema, 'no JSON')).toBeUndefined();
    expect(parsed(registrationSchema, null)).toBeUndefined();
  });

  it('is understood by releases that only repair', () => {
    expect(isSameRelease('1.2.3', '1.2.9')).toBe(true);
    expect(isSameRelease('1.2.3', '1.3.0')).toBe(false);
  });

  it('needs two packages, and says how to get them', async () => {
    await expect(loadQueuePackages(['no-such-engine', 'ioredis'])).rejects.toMatchObject({
      code: 'queue-package-missing',
      message: expect.stringContaining('npm install -g bullmq@6 ioredis') as unknown,
    });
  });
});

describe('where scores are given', () => {
  it('is the worker for scorers that need nothing but the image', () => {
    expect(scorePlace({ scorer: ['quality=0.5', 'niqe'] })).toBe('worker');
    expect(scorePlace({ scorer: ['quality', 'command'] })).toBe('coordinator');
    expect(scorePlace({ scorer: ['quality'], calibration: 'c.json' })).toBe('coordinator');
    expect(scorePlace({ scorer: ['quality'], scoreAt: 'coordinator' })).toBe('coordinator');
    expect(() => scorePlace({ scorer: ['manual'], scoreAt: 'worker' })).toThrow('people');
  });
});
