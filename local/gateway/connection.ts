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
  private onSent?: () => void;
  private idleTimer?: NodeJS.Timeout;
  private lifetimeTimer?: NodeJS.Timeout;

  constructor(readonly stage: string, readonly domainName: string, readonly identity: Identity, private readonly limits: GatewayLimits) {}

  /** Whether messages can pass. */
  get isOpen(): boolean {
    return this.socket !== undefined && this.closing === undefined;
  }

  /** Whether the client has left too much unread to get more. */
  get isClogged(): boolean {
    return (this.socket?.bufferedAmount ?? 0) > this.limits.unreadBytes;
  }

  /**
   * @param onClose called once, with the close status for `$disconnect`
   * @param onSent called when the system has taken a message, so that less may be unread
   */
  open(socket: WebSocket, onClose: (status: CloseStatus) => void, onSent: () => void): void {
    this.socket = socket;
    this.onSent = onSent;
    // Otherwise pongs that the client does not read would pile up.
    socket.on('ping', (data) => {
      if (!this.isClogged) socket.pong(data);
    });
    this.lifetimeTimer = setTimeout(() => this.close(GOING_AWAY), this.limits.lifetimeMillis);
    this.touch();
    socket.on('error', (error) => {
      this.closing ??= statusOfViolation(error);
    });
    socket.once('close', (code, reason) => {
      clearTimeout(this.idleTimer);
      clearTimeout(this.lifetimeTimer);
      const status = this.closing ?? { code, reason: REASONS[code] ?? reason.toString() };
      this.closing = status;
      onClose(status);
    });
  }

  /** Records that a message passed. Pings do not count: AWS does not document whether they do. */
  touch(): void {
    this.lastActiveAt = Date.now();
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => this.close(GOING_AWAY), this.limits.idleMillis);
  }

  send(text: Uint8Array | string): void {
    if (!this.isOpen) return;
    this.observe?.('out', this, text);
    this.socket?.send(text, { binary: false }, () => this.onSent?.());
    this.touch();
  }

  close(status: CloseStatus): void {
    if (!this.isOpen) return;
    this.closing = status;
    this.socket?.close(status.code, status.reason);
    // The socket has to read the client's answer.
    this.socket?.resume();
  }
}

function statusOfViolation(error: Error & { code?: string }): CloseStatus | undefined {
  switch (error.code) {
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH': return { code: 1009, reason: 'Message too long' };
    case 'WS_ERR_INVALID_UTF8': return { code: 1007, reason: 'Invalid UTF-8' };
    default: return error.code?.startsWith('WS_ERR_') ? { code: 1002, reason: 'Protocol error' } : undefined;
  }
}
