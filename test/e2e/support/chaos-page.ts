/* A tab that keeps what it gets and its position, and goes on from there after a reload. It is bundled, and runs in the browser only. */
// eslint-disable-next-line import/no-extraneous-dependencies -- the workspace, as a page has it
import { connect, type ConnectOptions, type Message, type Position } from 'broadcast-websocket-client';

export interface Tab {
  begin(name: string, options: Pick<ConnectOptions, 'url' | 'timing'>): void;
  /** Says something, and keeps the outcome. */
  say(text: string): void;
  /** Sets the clock of the computer. */
  jump(hours: number): void;
  read(): TabState;
}

export interface TabState {
  readonly state: string;
  readonly messages: readonly Message[];
  readonly gaps: number;
  /** Texts that were sent, by what became of them. */
  readonly outcomes: Readonly<Record<string, { readonly id?: string; readonly position?: number; readonly error?: string }>>;
  /** How many promises have not settled. */
  readonly waiting: number;
}

interface Kept {
  messages: Message[];
  outcomes: Record<string, { id?: string; position?: number; error?: string }>;
  gaps: number;
  position?: Position;
}

let kept: Kept = { messages: [], outcomes: {}, gaps: 0 };
let key = '';
let client: ReturnType<typeof connect>;
let waiting = 0;

const keep = () => localStorage.setItem(key, JSON.stringify(kept));

const tab: Tab = {
  begin(name, options) {
    key = name;
    kept = JSON.parse(localStorage.getItem(key) ?? JSON.stringify(kept)) as Kept;
    client = connect({ ...options, position: kept.position });
    client.on('message', (message) => {
      kept.messages.push(message);
      kept.position = client.position;
      keep();
    });
    client.on('gap', () => {
      kept.gaps++;
      keep();
    });
    client.on('state', ({ state }) => {
      // A tab that has heard nothing yet goes on from where it began.
      if (state === 'open') kept.position = client.position;
      keep();
    });
  },
  say(text) {
    waiting++;
    const settled = (outcome: Kept['outcomes'][string]): void => {
      kept.outcomes[text] = outcome;
      waiting--;
      keep();
    };
    client.send(text).then(({ id, position }) => settled({ id, position }), ({ code }) => settled({ error: code }));
  },
  jump(hours) {
    const { now } = Date;
    Date.now = () => now() + hours * 3_600_000;
  },
  read: () => ({ state: client.state, waiting, messages: kept.messages, gaps: kept.gaps, outcomes: kept.outcomes }),
};

Object.assign(window, { tab });
