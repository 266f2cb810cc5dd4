// Which client a connection stands for. X-Forwarded-For is anybody's to write, so it counts only as far as trusted proxies have
// written it: read from the right, the first address that is none of theirs is the client.

import { BlockList, isIP } from 'node:net';
import type { ClientAddress } from '../core/identity.ts';

export class ClientAddresses {
  readonly #proxies = new BlockList();

  /** Addresses and networks in CIDR notation, as the configuration has checked them. */
  constructor(trustedProxies: readonly string[]) {
    for (const text of trustedProxies) {
      const [address = '', prefix] = text.split('/');
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
      if (prefix === undefined) this.#proxies.addAddress(address, family);
      else this.#proxies.addSubnet(address, Number(prefix), family);
    }
  }

  /** The network that counts as one client: an IPv4 address, or the first 64 bits of an IPv6 one, which one subscriber has. */
  networkOf({ peer, forwardedFor }: ClientAddress): string {
    let client = plainAddress(peer);
    const hops = (forwardedFor ?? '').split(',');
    while (client !== null && this.#isTrusted(client)) {
      const before = plainAddress(hops.pop() ?? '');
      if (before === null) break;
      client = before;
    }
    if (client === null) return 'unknown';
    return isIP(client) === 4 ? client : `${client.split(':').slice(0, 4).join(':')}::/64`;
  }

  #isTrusted(address: string): boolean {
    return this.#proxies.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
}

/** One spelling for each address: IPv4-mapped IPv6 is the IPv4 address, IPv6 has all eight groups. Null: it is none. */
function plainAddress(text: string): string | null {
  const address = withoutPort(text.trim()).split('%')[0] ?? '';
  const family = isIP(address);
  if (family !== 6) return family === 4 ? address : null;
  // The URL parser knows every spelling and gives back one, in which dotted parts are groups.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return mappedAddress(groups) ?? groups.join(':');
}

function mappedAddress(groups: readonly string[]): string | null {
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return null;
  const bytes = groups.slice(6).flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
  return bytes.join('.');
}

/** Some proxies write the port too: `192.0.2.1:5678`, `[2001:db8::1]:5678`. */
function withoutPort(text: string): string {
  if (text.startsWith('[')) return text.slice(1, text.indexOf(']'));
  return isIP(text) === 0 ? text.replace(/:\d{1,5}$/, '') : text;
}
