const [CONNECTING, OPEN, CLOSED] = [0, 1, 3];

/** A browser's WebSocket with a server that the test plays. */
export class FakeWebSocket extends EventTarget {
  /** All instances in order. */
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

  /** Frames that were sent, without heartbeats. */
  get said(): string[] {
    return this.sent.filter((text) => text !== '{"action":"ping"}');
  }

  /** Accepts the client, and announces the server's features. */
  greet(...layers: string[]): this {
    this.open();
    this.answered++;
    return this.receive(JSON.stringify({ action: 'pong', ...(layers.length > 0 && { v: 1, layers }) }));
  }

  /** Answers the unanswered heartbeats. */
  answerPings(): void {
    const pings = this.sent.length - this.said.length;
    while (this.readyState === OPEN && this.answered < pings) {
      this.answered++;
      this.receive('{"action":"pong"}');
    }
  }

  /** Accepts the client. */
  open(): this {
    this.readyState = OPEN;
    this.dispatchEvent(new Event('open'));
    return this;
  }

  /** Sends from the server. */
  receive(data: unknown): this {
    if (this.readyState === OPEN) this.dispatchEvent(new MessageEvent('message', { data: typeof data === 'object' ? JSON.stringify(data) : data }));
    return this;
  }

  /** Breaks the connection, like the server or the network. */
  break(): void {
    this.readyState = CLOSED;
    this.dispatchEvent(Object.assign(new Event('close'), { code: 1006, reason: '' }));
  }
}
