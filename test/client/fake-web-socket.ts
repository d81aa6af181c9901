const [CONNECTING, OPEN, CLOSED] = [0, 1, 3];

/** A browser's WebSocket, with a server that the test plays. */
export class FakeWebSocket extends EventTarget {
  /** All that were ever made, in order. */
  static made: FakeWebSocket[] = [];
  static get last(): FakeWebSocket {
    return FakeWebSocket.made.at(-1)!;
  }

  readyState = CONNECTING;
  readonly sent: string[] = [];
  private answered = 0;

  constructor(readonly url: string, readonly protocols?: string[]) {
    super();
    FakeWebSocket.made.push(this);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.readyState = CLOSED;
  }

  get isClosed(): boolean {
    return this.readyState === CLOSED;
  }

  /** What was sent, but for heartbeats. */
  get said(): string[] {
    return this.sent.filter((text) => text !== '{"action":"ping"}');
  }

  /** The server lets the client in, and says what it can do. */
  greet(...layers: string[]): this {
    this.open();
    this.answered++;
    return this.receive(JSON.stringify({ action: 'pong', ...(layers.length > 0 && { v: 1, layers }) }));
  }

  /** The server answers the heartbeats that it has not answered yet. */
  answerPings(): void {
    const pings = this.sent.length - this.said.length;
    while (this.readyState === OPEN && this.answered < pings) {
      this.answered++;
      this.receive('{"action":"pong"}');
    }
  }

  /** The server lets the client in. */
  open(): this {
    this.readyState = OPEN;
    this.dispatchEvent(new Event('open'));
    return this;
  }

  /** The server sends. */
  receive(data: unknown): this {
    if (this.readyState === OPEN) this.dispatchEvent(new MessageEvent('message', { data: typeof data === 'object' ? JSON.stringify(data) : data }));
    return this;
  }

  /** The server, or the network, ends the connection. */
  break(): void {
    this.readyState = CLOSED;
    this.dispatchEvent(Object.assign(new Event('close'), { code: 1006, reason: '' }));
  }
}
