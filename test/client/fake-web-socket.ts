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

  /** The server lets the client in. */
  open(): this {
    this.readyState = OPEN;
    this.dispatchEvent(new Event('open'));
    return this;
  }

  /** The server sends. */
  receive(data: unknown): void {
    if (this.readyState === OPEN) this.dispatchEvent(new MessageEvent('message', { data }));
  }

  /** The server, or the network, ends the connection. */
  break(): void {
    this.readyState = CLOSED;
    this.dispatchEvent(Object.assign(new Event('close'), { code: 1006, reason: '' }));
  }
}
