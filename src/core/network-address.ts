// What the address of a host says of where it lies. No vendor is behind a link-local address, but the metadata of a cloud machine is, with
// its credentials; a vendor on one's own network is the operator's choice. docs/decisions/0028 has the reasons.

/** Metadata services that clouds have put elsewhere, by address and by name. */
const METADATA: ReadonlySet<string> = new Set([
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd20:ce::254',
  'metadata.google.internal',
  'metadata.goog',
]);
/** Names that public resolvers know nothing of: RFC 6761, 6762, 8375, and what home and office networks use. */
const NEAR_NAME = /^[^.]+$|\.(localhost|local|internal|lan|home\.arpa|test|invalid)$/;
const IPV4 = /^(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/;

/** `host`: as a URL has it, or as a resolver tells it. Link-local, unspecified, multicast, or a known metadata service. */
export function isNeverAVendor(host: string): boolean {
  const name = canonical(host);
  if (METADATA.has(name)) return true;
  const parts = ipv4In(name);
  if (parts !== null) {
    const [first, second] = parts;
    return first === 0 || first >= 224 || (first === 169 && second === 254) || METADATA.has(dottedIn(name));
  }
  return name === '::' || /^fe[89ab][0-9a-f]:/.test(name) || /^ff[0-9a-f]{2}:/.test(name);
}

/** This machine, or a network that is not the internet: loopback, RFC 1918, unique local, or a name that no public resolver knows. */
export function isNear(host: string): boolean {
  const name = canonical(host);
  const parts = ipv4In(name);
  if (parts === null)
    return name.includes(':') ? name === '::1' || /^f[cd][0-9a-f]{2}:/.test(name) : NEAR_NAME.test(name);
  const [first, second] = parts;
  if (first === 10 || first === 127 || (first === 192 && second === 168)) return true;
  return (first === 172 && second >= 16 && second < 32) || (first === 100 && second >= 64 && second < 128);
}

/** Without brackets, zone and dot at the end; an IPv6 address in its one shortest form. */
function canonical(host: string): string {
  const [bare = ''] = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .split('%');
  if (!bare.includes(':')) return bare;
  return URL.parse(`http://[${bare}]`)?.hostname.slice(1, -1) ?? bare;
}

/** The first two numbers of an IPv4 address, also of one inside an IPv6 address. */
function ipv4In(name: string): readonly [number, number] | null {
  const [, first, second] = IPV4.exec(dottedIn(name)) ?? [];
  return first === undefined || second === undefined ? null : [Number(first), Number(second)];
}

/** Mapped (`::ffff:`), compatible (`::`), NAT64 (`64:ff9b::`) and 6to4 (`2002:`) addresses lead to the IPv4 address that they hold. */
function dottedIn(name: string): string {
  const found =
    /^(?:::ffff:|::|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(name) ??
    /^2002:([0-9a-f]{1,4}):([0-9a-f]{1,4}):/.exec(name);
  if (found === null) return name;
  const [high, low] = [Number.parseInt(found[1] ?? '', 16), Number.parseInt(found[2] ?? '', 16)];
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
