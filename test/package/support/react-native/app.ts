/* An app of React Native, as far as the client sees one. It is bundled and transformed as Metro does it, and runs in Hermes only. */
import { connect } from '../../../../client/src/broadcast-client';

declare function print(text: string): void;

type Listener = (event: { readonly data?: string }) => void;

/** The shape of React Native's WebSocket, with a server that this script plays. */
class NativeSocket {
  static readonly made: NativeSocket[] = [];
  static get last(): NativeSocket {
    return NativeSocket.made[NativeSocket.made.length - 1];
  }

  readyState = 0;
  readonly sent: string[] = [];
  readonly #listeners: [string, Listener][] = [];

  constructor(readonly url: string, readonly protocols?: string[]) {
    NativeSocket.made.push(this);
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.push([type, listener]);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.readyState = 2;
  }

  dispatch(type: string, readyState: number, data?: string): void {
    this.readyState = readyState;
    for (const [of, listener] of this.#listeners) if (of === type) listener({ data });
  }

  receive(frame: object): void {
    this.dispatch('message', 1, JSON.stringify(frame));
  }
}

let now = 0;
let timers: { readonly at: number; readonly run: () => void }[] = [];

/** What React Native has and Hermes alone has not; time passes when the script lets it. */
Object.assign(globalThis, {
  WebSocket: NativeSocket,
  performance: { now: () => now },
  queueMicrotask: (run: () => void) => void Promise.resolve().then(run),
  AbortController: class {
    readonly signal = { aborted: false };
    abort(): void {
      this.signal.aborted = true;
    }
  },
  setTimeout: (run: () => void, millis: number) => {
    const timer = { at: now + millis, run };
    timers.push(timer);
    return timer;
  },
  clearTimeout: (timer: object) => {
    timers = timers.filter((each) => each !== timer);
  },
});

function pass(millis: number): void {
  now += millis;
  const due = timers.filter(({ at }) => at <= now);
  timers = timers.filter(({ at }) => at > now);
  for (const { run } of due) run();
}

async function turn(): Promise<void> {
  for (let ticks = 0; ticks < 20; ticks++) await undefined;
}

interface Asked {
  readonly action: string;
  readonly ref: string;
  readonly session?: string;
  readonly since?: number;
}

const asked = (action: string): Asked =>
  NativeSocket.last.sent.map((text) => JSON.parse(text) as Asked).filter((each) => each.action === action).pop()!;
const message = (position: number) => ({ type: 'message', id: `id ${position}`, sentAt: 1, message: `m${position}`, position });

/** The server lets the client in, and answers where its history stands. */
async function letIn(position: number, messages: readonly object[] = []): Promise<Asked> {
  await turn();
  NativeSocket.last.dispatch('open', 1);
  NativeSocket.last.receive({ action: 'pong', v: 1, layers: ['history'] });
  const question = asked('history');
  NativeSocket.last.receive({ type: 'history', ref: question.ref, epoch: 'e', position, recovered: true, more: false, messages });
  await turn();
  return question;
}

async function main(): Promise<object> {
  const heard: string[] = [];
  const client = connect({ url: 'wss://example.test/prod', token: async () => `token ${NativeSocket.made.length + 1}` });
  client.on('state', ({ state }) => heard.push(state));
  client.on('message', ({ message: text }) => heard.push(text));
  client.on('gap', () => heard.push('gap'));
  await letIn(0);
  const sent = client.send('hello');
  const { session, ref } = asked('publish');
  NativeSocket.last.receive({ type: 'ack', ref, id: 'id 1', position: 1 });
  NativeSocket.last.receive(message(1));
  const { id } = await sent;

  NativeSocket.last.dispatch('close', 3);
  pass(4_000);
  const { since } = await letIn(2, [message(2)]);

  client.retry(); // the app is in the foreground again, and the connection is dead
  pass(10_000);
  pass(0);
  await letIn(3, [message(3)]);
  client.close();
  await turn();
  const protocols = NativeSocket.made.map((socket) => socket.protocols);
  return { heard, id, since, session, protocols, timers: timers.length, position: client.position };
}

main().then((result) => print(JSON.stringify(result)), (error: Error) => print(JSON.stringify({ error: `${error}\n${error.stack}` })));
