// How long a WAV plays. Its header says so in several ways, and readers differ in which they believe; so only where all of them agree it
// says anything, and whatever is not plainly one sound of plain samples is as long as it likes.

/** Beyond these readers refuse, or play what they please: chosen. */
const CHANNELS_MOST = 8;
const SAMPLES_PER_SECOND_MOST = 384_000;
/** Behind the format: texts, markers, the sound. */
const CHUNKS_MOST = 16;

const FORMAT_START = 12;
const CHUNK_HEAD_BYTES = 8;

/** `read` gives a few dozen bytes from an offset, less at the end. Null: nobody knows. */
export function pcmBytesPerSecond(fileBytes: number, read: (offset: number) => Buffer): number | null {
  const head = read(0);
  if (head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 16) !== 'WAVEfmt ') return null;
  if (head.length < 38) return null;
  const formatBytes = head.readUInt32LE(16);
  // The longer form counts what follows it, which plain samples have nothing of.
  const isPlain = formatBytes === 16 || (formatBytes === 18 && head.readUInt16LE(36) === 0);
  if (!isPlain || head.readUInt16LE(20) !== 1) return null;
  return isOneSound(fileBytes, FORMAT_START + CHUNK_HEAD_BYTES + formatBytes, read) ? bytesPerSecond(head) : null;
}

function bytesPerSecond(head: Buffer): number | null {
  const channels = head.readUInt16LE(22);
  const samplesPerSecond = head.readUInt32LE(24);
  const bits = head.readUInt16LE(34);
  const blockBytes = (channels * bits) / 8;
  const isUsual = channels <= CHANNELS_MOST && samplesPerSecond <= SAMPLES_PER_SECOND_MOST && bits % 8 === 0;
  const agrees = head.readUInt16LE(32) === blockBytes && head.readUInt32LE(28) === samplesPerSecond * blockBytes;
  return isUsual && agrees ? samplesPerSecond * blockBytes : null;
}

/** The chunks from there end where the file does, and but one of them is sound, of the format that came before. */
function isOneSound(fileBytes: number, start: number, read: (offset: number) => Buffer): boolean {
  let offset = start;
  let sounds = 0;
  for (let chunks = 0; offset < fileBytes; chunks++) {
    const chunk = read(offset);
    const name = chunk.toString('latin1', 0, 4);
    if (chunk.length < CHUNK_HEAD_BYTES || chunks === CHUNKS_MOST || name === 'fmt ') return false;
    if (name === 'data') sounds++;
    const size = chunk.readUInt32LE(4);
    offset += CHUNK_HEAD_BYTES + size;
    // Not all readers skip the byte that makes it even, and those then read another chunk than this.
    if (size % 2 === 1 && ++offset < fileBytes) return false;
  }
  // That byte is often left out at the end.
  return sounds === 1 && offset - fileBytes <= 1;
}
