// Which addresses are of the public network. Whoever writes a URL into a request must not reach through us what only we can reach:
// this machine, the network around it, the metadata of a cloud. What is not known to be public is refused.

import { BlockList, isIP } from 'node:net';

/** Special ranges of IANA's registry (iana.org/assignments/iana-ipv4-special-registry), those of old standards among them. */
const NOT_PUBLIC_V4: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Azure's own services for its machines, behind a public number.
  ['168.63.129.16', 32],
];

/** All that is in use worldwide; mapped addresses, NAT64, unique local ones, link-local ones and multicast stand outside. */
const PUBLIC_V6: readonly [string, number] = ['2000::', 3];
/** Of these, what holds an address of IPv4 within it (Teredo, 6to4), serves protocols, or stands in documentation. */
const NOT_PUBLIC_V6: readonly (readonly [network: string, prefix: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const refused = new BlockList();
for (const [network, prefix] of NOT_PUBLIC_V4) refused.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of NOT_PUBLIC_V6) refused.addSubnet(network, prefix, 'ipv6');
const publicV6 = new BlockList();
publicV6.addSubnet(...PUBLIC_V6, 'ipv6');

/** As a resolver gives it. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  // A zone names an interface of this machine.
  if (family === 0 || address.includes('%')) return false;
  if (family === 4) return !refused.check(address, 'ipv4');
  return publicV6.check(address, 'ipv6') && !refused.check(address, 'ipv6');
}
