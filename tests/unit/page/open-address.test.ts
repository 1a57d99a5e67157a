import { describe, expect, it } from 'vitest';
import { hostToOpen } from '../../../src/page/open-address.ts';

const inside = { netmask: '', mac: '', cidr: null };
const LOOPBACK = { ...inside, address: '127.0.0.1', family: 'IPv4' as const, internal: true };
const LAN = { ...inside, address: '192.168.1.7', family: 'IPv4' as const, internal: false };
const LAN6 = { ...inside, address: 'fe80::1', family: 'IPv6' as const, internal: false, scopeid: 2 };

describe('the address of the page to open', () => {
  it.each(['0.0.0.0', '::'])('is that of this machine in its network, where it listens on %s', (host) => {
    expect(hostToOpen(host, { lo: [LOOPBACK], eth0: [LAN6, LAN] })).toBe('192.168.1.7');
  });

  it('is one of this machine alone where there is no network', () => {
    expect(hostToOpen('0.0.0.0', { lo: [LOOPBACK] })).toBe('127.0.0.1');
  });

  it.each([
    ['192.168.1.9', '192.168.1.9'],
    ['::1', '[::1]'],
    ['box.local', 'box.local'],
  ])('is what was asked for: %s', (host, expected) => {
    expect(hostToOpen(host, { eth0: [LAN] })).toBe(expected);
  });
});
