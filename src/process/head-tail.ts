// Keeps the first and the last 64 KiB of a stream of any length. Used for stderr, where the cause is at one of the two ends.

const KEEP_BYTES = 64 * 1024;

export class HeadTail {
  #headBytes: Buffer[] = [];
  #headLength = 0;
  /** The last bytes after the head, in a ring buffer. */
  #ring: Buffer | undefined;
  #ringAt = 0;
  /** Number of all bytes after the head so far. */
  #tailLength = 0;

  constructor(readonly keep_bytes = KEEP_BYTES) {}

  push(chunk: Buffer): void {
    const room = this.keep_bytes - this.#headLength;
    if (room > 0) {
      const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
      this.#headBytes.push(part);
      this.#headLength += part.length;
      if (this.#headBytes.length > 64) this.#headBytes = [Buffer.concat(this.#headBytes)];
    }
    if (chunk.length > room) this.#pushTail(room > 0 ? chunk.subarray(room) : chunk);
  }

  /** The kept text; a line between its parts says how much was dropped. Characters that were cut in two are left out. */
  text(): string {
    if (this.#headLength === 0) return "";
    const head = Buffer.concat(this.#headBytes);
    const ring = this.#ring;
    if (ring === undefined) return head.toString("utf8");
    if (this.#tailLength <= this.keep_bytes)
      return Buffer.concat([head, ring.subarray(0, this.#tailLength)]).toString("utf8");
    const tail = Buffer.concat([ring.subarray(this.#ringAt), ring.subarray(0, this.#ringAt)]);
    const headEnd = endOfWholeCharacters(head);
    const tailStart = startOfWholeCharacters(tail);
    const dropped = this.#tailLength - this.keep_bytes + (head.length - headEnd) + tailStart;
    const note = `[… ${dropped.toLocaleString("en-US")} bytes dropped …]`;
    return `${head.toString("utf8", 0, headEnd)}\n${note}\n${tail.toString("utf8", tailStart)}`;
  }

  #pushTail(chunk: Buffer): void {
    this.#tailLength += chunk.length;
    this.#ring ??= Buffer.allocUnsafe(this.keep_bytes);
    const ring = this.#ring;
    const part = chunk.length > ring.length ? chunk.subarray(chunk.length - ring.length) : chunk;
    const beforeWrap = part.copy(ring, this.#ringAt);
    part.copy(ring, 0, beforeWrap);
    this.#ringAt = (this.#ringAt + part.length) % ring.length;
  }
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** The end of the last complete character. */
function endOfWholeCharacters(bytes: Buffer): number {
  let lead = bytes.length - 1;
  while (lead >= 0 && bytes.length - lead < 4 && isContinuation(bytes[lead])) lead--;
  const byte = bytes[lead] ?? 0;
  const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
  return lead + length > bytes.length ? lead : bytes.length;
}

function startOfWholeCharacters(bytes: Buffer): number {
  let start = 0;
  while (start < 3 && isContinuation(bytes[start])) start++;
  return start;
}
