// Which client a sign-in counts for (S30, B40): forged headers, proxies, and addresses that are spelt in many ways.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientAddresses } from '../../src/identity/client-address.ts';

const direct = new ClientAddresses([]);
const behind = new ClientAddresses(['10.0.0.0/8', '192.0.2.7', '2001:db8:1::/48', '::1']);
const of = (peer: string, forwardedFor: string | null = null) => ({ peer, forwardedFor });

describe('a client', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:0201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::ffff:1.2.3.4', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', 'unknown'],
    ['not an address', 'unknown'],
  ])('S30: at %s counts as %s', (peer, network) => expect(direct.networkOf(of(peer))).toBe(network));

  it('S30: has all of its /64, whichever address of it it takes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { minLength: 4, maxLength: 4 }), (groups) => {
        const host = groups.map((group) => group.toString(16)).join(':');
        expect(direct.networkOf(of(`2001:db8:5:6:${host}`))).toBe('2001:db8:5:6::/64');
        expect(direct.networkOf(of(`2001:db8:5:7:${host}`))).toBe('2001:db8:5:7::/64');
      }),
    );
  });

  it('B40: cannot say that it is another one', () => {
    for (const forged of ['127.0.0.1', '10.0.0.1', Array(50).fill('10.0.0.1').join(', '), '::ffff:10.0.0.1', ' ', 'x'])
      expect(direct.networkOf(of('198.51.100.4', forged))).toBe('198.51.100.4');
    expect(behind.networkOf(of('198.51.100.4', '203.0.113.9'))).toBe('198.51.100.4');
  });
});

describe('a client behind a trusted proxy', () => {
  it.each([
    ['one proxy', '10.1.2.3', '203.0.113.9', '203.0.113.9'],
    ['two proxies', '10.1.2.3', '203.0.113.9, 192.0.2.7', '203.0.113.9'],
    ['a proxy at an IPv4-mapped address', '::ffff:10.1.2.3', '203.0.113.9', '203.0.113.9'],
    ['a proxy at an IPv6 address', '2001:db8:1::5', '2001:db8:2:3::4', '2001:db8:2:3::/64'],
    ['what it made up before', '10.1.2.3', '127.0.0.1, 8.8.8.8, 203.0.113.9', '203.0.113.9'],
    ['fifty that it made up', '10.1.2.3', `${Array(50).fill('1.2.3.4').join(',')},203.0.113.9`, '203.0.113.9'],
    ['made-up proxies', '10.1.2.3', '10.9.9.9, 203.0.113.9, 10.0.0.2', '203.0.113.9'],
    ['a mapped client', '10.1.2.3', '::ffff:203.0.113.9', '203.0.113.9'],
    ['a port beside it', '10.1.2.3', '203.0.113.9:52100', '203.0.113.9'],
    ['a port beside an IPv6 address', '10.1.2.3', '[2001:db8:2:3::4]:443', '2001:db8:2:3::/64'],
    ['nothing', '10.1.2.3', null, '10.1.2.3'],
    ['no address', '10.1.2.3', 'unknown', '10.1.2.3'],
    ['nonsense before a proxy', '10.1.2.3', '203.0.113.9, <script>, 10.0.0.2', '10.0.0.2'],
    ['proxies alone', '10.1.2.3', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ])('counts with %s as the first that is none of the proxies', (_what, peer, forwardedFor, network) =>
    expect(behind.networkOf(of(peer, forwardedFor))).toBe(network),
  );

  it('counts as something for any header whatever', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (peer, header) => {
        expect(behind.networkOf(of(peer, header))).not.toBe('');
        expect(behind.networkOf(of('10.0.0.1', header))).not.toBe('');
      }),
      { numRuns: 1_000 },
    );
  });
});
