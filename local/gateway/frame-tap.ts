/**
 * Parses the bytes of a client and reports frames that are too long: the WebSocket library joins the frames of a message and does not
 * report their lengths.
 */
export class FrameTap {
  /** Header bytes of a frame that has begun. */
  private header: number[] = [];
  /** Bytes of mask and payload still to come. */
  private remaining = 0;

  constructor(private readonly maxBytes: number, private readonly onTooLong: () => void) {}

  write(chunk: Uint8Array): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.remaining > 0) {
        const taken = Math.min(this.remaining, chunk.length - offset);
        this.remaining -= taken;
        offset += taken;
      } else {
        this.header.push(chunk[offset]);
        offset++;
        this.readHeader();
      }
    }
  }

  private readHeader(): void {
    if (this.header.length < 2) return;
    const short = this.header[1] & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (this.header.length < 2 + extended) return;
    const length = extended === 0 ? short : this.header.slice(2).reduce((value, byte) => value * 256 + byte, 0);
    const mask = this.header[1] & 0x80 ? 4 : 0;
    this.header = [];
    this.remaining = mask + length;
    if (length > this.maxBytes) this.onTooLong();
  }
}
