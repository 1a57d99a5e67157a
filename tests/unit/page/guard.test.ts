import { describe, expect, it } from 'vitest';
import { refusalOf, type Asking, type GuardSettings } from '../../../src/page/guard.ts';

const LOCAL: GuardSettings = { host: '127.0.0.1', port: 7866, token: null };
const OPEN: GuardSettings = { host: '0.0.0.0', port: 7866, token: 'right' };

function refused(asking: Partial<Asking>, settings = LOCAL): number | undefined {
  const whole: Asking = {
    method: 'GET',
    path: '/api/runs',
    host: '127.0.0.1:7866',
    origin: undefined,
    site: undefined,
    own: undefined,
    cookie: undefined,
    token: undefined,
    ...asking,
  };
  return refusalOf(whole, settings)?.status;
}

describe('a page of this machine', () => {
  it.each(['127.0.0.1:7866', 'localhost:7866', 'LOCALHOST:7866', '[::1]:7866', '127.0.0.2:7866'])(
    'answers at %s',
    (host) => expect(refused({ host })).toBeUndefined(),
  );

  it.each([
    undefined,
    '',
    'evil.example:7866',
    'localhost.evil.example:7866',
    '127.0.0.1.evil.example:7866',
    '127.0.0.1:80',
    'localhost',
    '192.168.1.5:7866',
    'localhost:7866@evil.example',
    '[::1]:7866/x',
  ])('refuses the host %s', (host) => expect(refused({ host })).toBe(403));

  it('refuses what another page asks', () => {
    expect(refused({ origin: 'http://evil.example' })).toBe(403);
    expect(refused({ origin: 'null' })).toBe(403);
    expect(refused({ origin: 'http://127.0.0.1:7867' })).toBe(403);
    expect(refused({ origin: 'http://127.0.0.1:7866' })).toBeUndefined();
    expect(refused({ site: 'cross-site' })).toBe(403);
    expect(refused({ site: 'same-site' })).toBe(403);
    expect(refused({ site: 'same-origin' })).toBeUndefined();
    expect(refused({ site: 'cross-site', path: '/' })).toBeUndefined();
  });

  it('changes nothing without its own header', () => {
    expect(refused({ method: 'POST' })).toBe(403);
    expect(refused({ method: 'DELETE' })).toBe(403);
    expect(refused({ method: 'POST', own: '1' })).toBeUndefined();
  });
});

describe('a page that is open to the network', () => {
  it('asks for its token, in the address or as a cookie of its port', () => {
    expect(refused({}, OPEN)).toBe(401);
    expect(refused({ token: 'wrong' }, OPEN)).toBe(401);
    expect(refused({ token: 'right' }, OPEN)).toBeUndefined();
    expect(refused({ cookie: 'a=b; autombw-7866=right' }, OPEN)).toBeUndefined();
    expect(refused({ cookie: 'autombw-7867=right' }, OPEN)).toBe(401);
    expect(refused({ cookie: 'autombw-7866=' }, OPEN)).toBe(401);
  });

  it('answers at numbers and names of this machine, and at no other name', () => {
    expect(refused({ token: 'right', host: '192.168.1.5:7866' }, OPEN)).toBeUndefined();
    expect(refused({ token: 'right', host: 'evil.example:7866' }, OPEN)).toBe(403);
  });
});
