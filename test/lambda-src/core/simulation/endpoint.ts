/** Faults of API Gateway or the network. */
export type Fault = 400 | 429 | 500 | 503
  /** The request never arrives, and the sender knows it. */
  | 'unsent'
  /** The connection breaks off; the message was passed on before, or not. */
  | 'reset' | 'reset after delivery'
  /** No answer ever comes; the message was passed on, or not. */
  | 'hang' | 'hang after delivery';

/** The actual connection of a client. */
export interface Client {
  readonly id: string;
  /** Time at which API Gateway got the handshake. */
  readonly connectedAt: number;
  /** Time at which its row was stored. */
  readonly storedAt: number;
  readonly openAt: number;
  readonly closedAt: number;
  /** Faults of its posts in order; if it `stays`, the last one applies to all that follow. */
  readonly faults: readonly Fault[];
  readonly stays: boolean;
}

export interface Delivery {
  readonly client: Client;
  readonly broadcast: string;
  readonly body: string;
}

export type Reply = number | 'reset' | 'hang';

/** Requests per second that the account leaves to this API, and the time for which this holds. */
export interface Squeeze {
  readonly from: number;
  readonly to: number;
  readonly rate: number;
}

/** Time in which no connection to the endpoint can be opened. */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

/** Faults of the whole endpoint. */
export interface Trouble {
  readonly squeeze?: Squeeze;
  readonly outage?: Outage;
  readonly deniedFrom?: number;
}

/** The @connections endpoint, and the clients behind it. */
export class Endpoint {
  private readonly clients = new Map<string, Client[]>();
  private readonly posts = new Map<Client, number>();
  private tokens = 0;
  private filledAt = 0;

  readonly deliveries: Delivery[] = [];

  constructor(clients: readonly Client[], private readonly trouble: Trouble) {
    for (const client of clients) this.clients.set(client.id, [...this.clients.get(client.id) ?? [], client]);
  }

  /** Whether it ever was a client's id. */
  has(id: string): boolean {
    return this.clients.has(id);
  }

  /** Returns the client with the id at that time, if it has connected and not closed. */
  live(id: string, now: number): Client | undefined {
    return this.clients.get(id)?.find(({ connectedAt, closedAt }) => connectedAt <= now && now < closedAt);
  }

  /** Whether no connection can be opened. */
  isOut(now: number): boolean {
    const { outage } = this.trouble;
    return outage !== undefined && now >= outage.from && now < outage.to;
  }

  /** Whether the network keeps a post from being sent. */
  isUnsent(id: string, now: number): boolean {
    const client = this.live(id, now);
    if (!client || this.faultOf(client) !== 'unsent') return false;
    this.count(client);
    return true;
  }

  /** Receives a post. */
  post(id: string, broadcast: string, body: string, now: number): Reply {
    const { deniedFrom = Infinity } = this.trouble;
    if (now >= deniedFrom) return 403;
    if (this.isSqueezed(now)) return 429;
    const client = this.live(id, now);
    if (!client || now < client.openAt) return 410;
    const fault = this.faultOf(client);
    this.count(client);
    if (typeof fault === 'number') return fault;
    if (fault === 'reset' || fault === 'hang') return fault;
    this.deliveries.push({ client, broadcast, body });
    if (fault === 'reset after delivery') return 'reset';
    return fault === 'hang after delivery' ? 'hang' : 200;
  }

  private faultOf(client: Client): Fault | undefined {
    const nth = this.posts.get(client) ?? 0;
    return client.faults[nth] ?? (client.stays ? client.faults.at(-1) : undefined);
  }

  private count(client: Client): void {
    this.posts.set(client, (this.posts.get(client) ?? 0) + 1);
  }

  /** A bucket for a tenth of a second: the part that the account's other traffic leaves. */
  private isSqueezed(now: number): boolean {
    const { squeeze } = this.trouble;
    if (!squeeze || now < squeeze.from || now >= squeeze.to) return false;
    const { rate } = squeeze;
    this.tokens = Math.min(Math.max(1, rate / 10), this.tokens + ((now - this.filledAt) * rate) / 1000);
    this.filledAt = now;
    if (this.tokens < 1) return true;
    this.tokens--;
    return false;
  }
}
