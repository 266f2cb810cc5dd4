// Names of vendors to addresses. Whoever answers for a name may answer with any address: where it leads is looked at each time that a
// connection is made, and addresses at which no vendor can be are as good as none.

import dns, { type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isNeverAVendor } from '../core/network-address.ts';

export const lookUpVendor: LookupFunction = (name, options, done) => {
  dns.lookup(name, { ...options, all: true }, (error, found: readonly LookupAddress[]) => {
    if (error !== null) {
      done(error, '');
      return;
    }
    const usable = found.filter(({ address }) => !isNeverAVendor(address));
    const [first] = usable;
    if (first === undefined)
      done(Object.assign(new Error(`${name} leads to no vendor`), { code: 'NO_VENDOR_THERE' }), '');
    else if (options.all === true) done(null, usable);
    else done(null, first.address, first.family);
  });
};
