// How large a part of a stream of the AI SDK is: it comes as data and not as bytes, so nothing has counted it before. No more is looked
// at than asked for, so that one that holds itself has an end too.

/** The characters of its texts and names, the bytes of its data, and one for each value; beyond `most` just that it is more. */
export function partSize(part: object, most: number): number {
  const open: unknown[] = [part];
  let size = 1;
  while (open.length > 0 && size <= most) {
    const value = open.pop();
    if (typeof value === 'string') size += value.length;
    else if (ArrayBuffer.isView(value)) size += value.byteLength;
    else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        size += 1 + name.length;
        open.push(member);
      }
    }
  }
  return size;
}
