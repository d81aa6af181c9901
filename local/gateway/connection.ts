import type { WebSocket } from 'ws';
import { newId } from './ids';
import type { GatewayLimits } from './limits';

/** Context from an authorizer, for every later event of a connection. The authorizer's own values are strings. */
export type AuthorizerContext = Readonly<Record<string, string | number>>;

export interface Identity {
  readonly sourceIp: string;
  readonly userAgent?: string;
}

export interface CloseStatus {
  readonly code: number;
  readonly reason: string;
}

export const GOING_AWAY: CloseStatus = { code: 1001, reason: 'Going away' };

/** The client vanished. The text is a guess: AWS does not document it. */
export const ABNORMAL_CLOSURE: CloseStatus = { code: 1006, reason: 'Client-side close frame not received' };

/** Close reasons in `$disconnect` for codes that are never in a close frame. */
const REASONS: Readonly<Record<number, string>> = {
  1005: 'Client-side close frame status not set',
  1006: ABNORMAL_CLOSURE.reason,
};

/** Members of a connection that events contain. */
export type Client = Pick<Connection, 'id' | 'stage' | 'connectedAt' | 'domainName' | 'identity' | 'authorizer'>;

/** Observes the messages that pass. */
export type Observe = (direction: 'in' | 'out', connection: Connection, data: Uint8Array | string) => void;

export interface ConnectionEvents {
  /** Called once, with the close status for `$disconnect`. */
  readonly onClose: (status: CloseStatus) => void;
  /** Called when the system has taken a message, so that less may be unread. */
  readonly onSent: () => void;
  /** Called when the client's plug is pulled: its socket must be ignored from now on. */
  readonly onUnplugged: () => void;
}

/** A client from its handshake on: connecting until `$connect` has answered, then open until either side closes. */
export class Connection {
  readonly id = newId();
  readonly connectedAt = Date.now();
  lastActiveAt = this.connectedAt;
  /** Context of the authorizer that admitted the client. */
  authorizer?: AuthorizerContext;
  observe?: Observe;
  private socket?: WebSocket;
  private closing?: CloseStatus;
  private events?: ConnectionEvents;
  private openedAt = 0;
  private unplugged = false;
  /** Bytes of messages that an unplugged client did not get. */
  private lostBytes = 0;
  private plugTimer?: NodeJS.Timeout;
  private idleTimer?: NodeJS.Timeout;
  private lifetimeTimer?: NodeJS.Timeout;

  constructor(readonly stage: string, readonly domainName: string, readonly identity: Identity, private readonly limits: GatewayLimits) {}

  /** Whether messages can pass. */
  get isOpen(): boolean {
    return this.socket !== undefined && this.closing === undefined;
  }

  /** Whether nothing passes any more, although neither side has been notified. */
  get isUnplugged(): boolean {
    return this.unplugged;
  }

  /** Whether the client has left too much unread to get more. */
  get isClogged(): boolean {
    return (this.socket?.bufferedAmount ?? 0) + this.lostBytes > this.limits.unreadBytes;
  }

  open(socket: WebSocket, events: ConnectionEvents): void {
    this.socket = socket;
    this.events = events;
    this.openedAt = Date.now();
    // Otherwise pongs that the client does not read would pile up.
    socket.on('ping', (data) => {
      if (!this.isClogged && !this.isUnplugged) socket.pong(data);
    });
    this.lifetimeTimer = setTimeout(() => this.close(GOING_AWAY), this.limits.lifetimeMillis);
    this.touch();
    socket.on('error', (error) => {
      this.closing ??= statusOfViolation(error);
    });
    socket.once('close', (code, reason) => {
      // AWS does not learn that an unplugged client has gone.
      if (!this.isUnplugged) this.end(this.closing ?? { code, reason: REASONS[code] ?? reason.toString() });
    });
  }

  /** @param millis counted from the opening; undefined leaves the plug in, unless it has been pulled already */
  unplugAfter(millis: number | undefined): void {
    clearTimeout(this.plugTimer);
    if (millis === undefined) return;
    const wait = this.openedAt + millis - Date.now();
    if (wait > 0) this.plugTimer = setTimeout(() => this.unplug(), wait);
    else this.unplug();
  }

  /** Records that a message passed. Pings do not count: AWS does not document whether they do. */
  touch(): void {
    this.lastActiveAt = Date.now();
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => this.close(GOING_AWAY), this.limits.idleMillis);
  }

  send(text: Uint8Array | string): void {
    if (!this.isOpen) return;
    if (this.isUnplugged) {
      this.lostBytes += Buffer.byteLength(text);
      return;
    }
    this.observe?.('out', this, text);
    this.socket?.send(text, { binary: false }, () => this.events?.onSent());
    this.touch();
  }

  close(status: CloseStatus): void {
    if (!this.isOpen) return;
    this.closing = status;
    // An unplugged client gets no close frame, and its socket stays as it is until the client gives it up.
    if (this.isUnplugged) return this.end(status);
    this.socket?.close(status.code, status.reason);
    // The socket has to read the client's answer.
    this.socket?.resume();
  }

  private unplug(): void {
    if (!this.isOpen || this.isUnplugged) return;
    this.unplugged = true;
    this.events?.onUnplugged();
  }

  private end(status: CloseStatus): void {
    for (const timer of [this.plugTimer, this.idleTimer, this.lifetimeTimer]) clearTimeout(timer);
    this.closing = status;
    this.events?.onClose(status);
  }
}

function statusOfViolation(error: Error & { code?: string }): CloseStatus | undefined {
  switch (error.code) {
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH': return { code: 1009, reason: 'Message too long' };
    case 'WS_ERR_INVALID_UTF8': return { code: 1007, reason: 'Invalid UTF-8' };
    default: return error.code?.startsWith('WS_ERR_') ? { code: 1002, reason: 'Protocol error' } : undefined;
  }
}
