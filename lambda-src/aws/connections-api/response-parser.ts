/**
 * An incremental parser for the answer to one POST. Only two things matter: the status, and whether the connection may carry another
 * request.
 *
 * Invariants:
 * - it accepts no more than Node's own parser does, and says `reusable` only where Node would. Anything unusual is refused: a wrong
 *   guess about the end of an answer would give one recipient's status to the next;
 * - `reusable` requires a complete, length-delimited HTTP/1.1 answer, no `Connection` header other than keep-alive, and no byte after it;
 * - answers may be split at any byte; heads of 1xx are skipped; the caps bound the memory, and a body is never kept.
 *
 * A body over its cap ends the answer there, not reusable: the status is known, and the rest is not worth its time.
 */
export type Parsed =
  | { readonly status: number; readonly reusable: boolean }
  | { readonly malformed: string };

/** Most bytes of all heads of one answer, including heads of 1xx. */
export const HEAD_CAP = 16 * 1024;
/** Most bytes after the head, including the framing of chunks. */
export const BODY_CAP = 64 * 1024;

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const TEXT = '[\\t\\x20-\\x7e\\x80-\\xff]*';
const HEAD = new RegExp(`^HTTP/1\\.[01] [1-9]\\d\\d(?: ${TEXT})?(?:\\r\\n${TOKEN}:${TEXT})*$`);
const CHUNK_SIZE = new RegExp(`^[0-9A-Fa-f]{1,8}(?:;${TOKEN}(?:=${TOKEN})?)*$`);
const TRAILER = new RegExp(`^(?!(?:content-length|transfer-encoding|connection):)${TOKEN}:${TEXT}$`, 'i');
const LENGTH = /^\d{1,15}$/;
const FRAMING = /\r\n(content-length|transfer-encoding|connection):([^\r]*)/gi;

/** Terminators of the phases that read text; the other phases skip bytes. */
const TERMINATOR = { 'head': '\r\n\r\n', 'chunk-size': '\r\n', 'chunk-end': '\r\n', 'trailers': '\r\n' } as const;
type TextPhase = keyof typeof TERMINATOR;
type SkipPhase = 'length' | 'chunk-data' | 'to-end';

export class ResponseParser {
  private phase: TextPhase | SkipPhase = 'head';
  private result?: Parsed;
  /** Text of a head or a line that is not complete yet. */
  private text = '';
  /** Bytes left for the head, then for the body. */
  private budget = HEAD_CAP;
  /** Bytes left of the body, or of the chunk. */
  private left = 0;
  private status = 0;
  private keepAlive = false;

  /** Takes the next bytes. Returns the answer once it is complete or broken; do not call it again after that. */
  push(bytes: Buffer): Parsed | undefined {
    let at = 0;
    while (at < bytes.length && !this.result) {
      at = this.phase in TERMINATOR ? this.read(bytes, at, this.phase as TextPhase) : this.skip(bytes, at);
    }
    if (this.result && 'status' in this.result && at < bytes.length) return { status: this.result.status, reusable: false };
    return this.result;
  }

  /** Ends the answer when the peer closes: nothing more will come. */
  finish(): Parsed {
    if (this.phase === 'to-end') return { status: this.status, reusable: false };
    return { malformed: this.phase === 'head' && this.budget === HEAD_CAP ? 'closed before its answer' : 'closed within its answer' };
  }

  private read(bytes: Buffer, at: number, phase: TextPhase): number {
    const terminator = TERMINATOR[phase];
    const known = this.text.length;
    this.text += bytes.toString('latin1', at, at + this.budget + 1);
    const found = this.text.indexOf(terminator, Math.max(0, known - terminator.length + 1));
    const end = at - known + (found < 0 ? this.text.length : found + terminator.length);
    this.budget -= end - at;
    if (phase === 'head' && !'HTTP/1.'.startsWith(this.text.slice(0, 7))) {
      this.malformed('not an HTTP/1.x answer');
    } else if (this.budget < 0) {
      this.overBudget();
    } else if (found >= 0) {
      const text = this.text.slice(0, found);
      this.text = '';
      this.parse(phase, text);
    }
    return end;
  }

  private skip(bytes: Buffer, at: number): number {
    const count = this.phase === 'to-end' ? bytes.length - at : Math.min(this.left, bytes.length - at);
    this.budget -= count;
    this.left -= count;
    if (this.budget < 0) this.overBudget();
    else if (this.left === 0 && this.phase === 'length') this.complete(this.keepAlive);
    else if (this.left === 0 && this.phase === 'chunk-data') this.phase = 'chunk-end';
    return at + count;
  }

  private parse(phase: TextPhase, text: string): void {
    switch (phase) {
      case 'head': return this.head(text);
      case 'chunk-size': return this.chunkSize(text);
      case 'chunk-end': return text === '' ? this.enter('chunk-size') : this.malformed('a chunk longer than its size');
      case 'trailers':
        if (text === '') this.complete(this.keepAlive);
        else if (!TRAILER.test(text)) this.malformed('an invalid trailer');
    }
  }

  private head(head: string): void {
    if (!HEAD.test(head)) return this.malformed('an invalid head');
    this.status = Number(head.slice(9, 12));
    this.keepAlive = head.startsWith('HTTP/1.1');
    let length: string | undefined;
    let encoding: string | undefined;
    FRAMING.lastIndex = 0;
    for (let header = FRAMING.exec(head); header; header = FRAMING.exec(head)) {
      const name = header[1].toLowerCase();
      const value = header[2].trim().toLowerCase();
      if (name === 'connection') this.keepAlive &&= value === 'keep-alive';
      else if (length !== undefined || encoding !== undefined) return this.malformed('conflicting lengths');
      else if (name === 'content-length') length = value;
      else encoding = value;
    }
    if (length !== undefined && !LENGTH.test(length)) return this.malformed('an invalid length');
    if (encoding !== undefined && encoding !== 'chunked') return this.malformed('an unknown transfer encoding');
    this.body(Number(length ?? NaN), encoding !== undefined);
  }

  /** Chooses the next phase by status, length (NaN for none) and encoding. */
  private body(length: number, chunked: boolean): void {
    if (this.status < 200) {
      // A status that ends the connection cannot precede the final answer, which has to fit into the same budget.
      if (this.status === 101 || chunked || length > 0 || !this.keepAlive) this.malformed(`an unexpected ${this.status}`);
      return;
    }
    this.budget = BODY_CAP;
    this.left = length;
    if (this.status === 204 || this.status === 304) this.complete(this.keepAlive && !chunked && !(length > 0));
    else if (chunked) this.enter('chunk-size');
    else if (length === 0) this.complete(this.keepAlive);
    else this.enter(length > 0 ? 'length' : 'to-end');
  }

  private chunkSize(line: string): void {
    if (!CHUNK_SIZE.test(line)) return this.malformed('an invalid chunk size');
    this.left = parseInt(line, 16);
    this.enter(this.left === 0 ? 'trailers' : 'chunk-data');
  }

  private enter(phase: TextPhase | SkipPhase): void {
    this.phase = phase;
  }

  private overBudget(): void {
    if (this.phase === 'head') this.malformed(`a head over ${HEAD_CAP} bytes`);
    else this.complete(false);
  }

  private complete(reusable: boolean): void {
    this.result = { status: this.status, reusable };
  }

  private malformed(malformed: string): void {
    this.result = { malformed };
  }
}
