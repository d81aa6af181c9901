import type { PresenceFrame } from '../../../../lambda-src/core/presence/frames';

/** A client's knowledge of the list. */
export interface View {
  readonly version: number;
  readonly count: number;
  readonly members?: readonly string[];
}

export interface ClientPorts {
  /** Sends a request to join, to leave, or for the list. `answer` is called once, with undefined when no answer came. */
  ask(action: 'subscribe' | 'unsubscribe' | 'presence', answer: (frame: PresenceFrame | undefined) => void): void;
  after(millis: number, callback: () => void): void;
  random(): number;
}

const RETRY_MILLIS = 2_000;
const ASK_MILLIS = 9 * 60_000;

/** A client that repeats a request without an answer, and requests the list every nine minutes, since a frame may be lost. */
export class ModelClient {
  view: View = { version: -1, count: 0 };
  /** Whether API Gateway would reach it. */
  isOpen = true;
  /** Whether it wants to be a member. */
  isMember = true;
  private isSubscribed = false;

  constructor(readonly connectionId: string, readonly userId: string, private readonly ports: ClientPorts) {}

  subscribe(): void {
    this.until('subscribe', () => {
      this.isSubscribed = true;
      if (this.isMember) this.askLater();
      else this.unsubscribe();
    });
  }

  /** If it is asked before the answer to its `subscribe`, it waits for that answer: the two requests could overtake each other. */
  unsubscribe(): void {
    this.isMember = false;
    if (this.isSubscribed) this.until('unsubscribe', () => undefined);
  }

  receive({ version, count, members }: PresenceFrame): void {
    if (!this.isOpen || !this.isMember || version <= this.view.version) return;
    this.view = { version, count, members: members?.map(({ id }) => id) };
  }

  private until(action: 'subscribe' | 'unsubscribe', answered: () => void): void {
    if (!this.isOpen) return;
    this.ports.ask(action, (frame) => {
      if (!frame) {
        this.ports.after(RETRY_MILLIS * (1 + this.ports.random()), () => this.until(action, answered));
        return;
      }
      this.receive(frame);
      answered();
    });
  }

  private askLater(): void {
    this.ports.after(ASK_MILLIS * (0.9 + 0.1 * this.ports.random()), () => {
      if (!this.isOpen || !this.isMember) return;
      this.ports.ask('presence', (frame) => {
        if (frame) this.receive(frame);
        this.askLater();
      });
    });
  }
}
