import { FakeWebSocket } from './fake-web-socket';
import { VirtualClock } from './virtual-clock';
import type { ConnectOptions } from '../../client/src/api';
import { Client } from '../../client/src/client';

/* An API with channels that the test plays frame by frame, and a client of it. */

export const EPOCH = 'epoch 0';
const LAYERS = ['history', 'channels', 'presence'];

export let clock: VirtualClock;
export let client: Client;

export const turn = () => new Promise((resolve) => setImmediate(resolve));
export const outcome = (promise: Promise<unknown>) => promise.then(() => 'done', ({ code }: { code: string }) => code);

/** Actions sent on the last connection, without heartbeats and the first question about everybody's history. */
export function asked(): { readonly action: string; readonly ref: string; readonly channel?: string; readonly channels: { channel: string }[] }[] {
  return FakeWebSocket.last.said.map((text) => JSON.parse(text)).filter(({ action, channel }) => action !== 'history' || channel);
}

/** @param before runs before the client is accepted */
export async function begin(
  layers: readonly string[] = LAYERS, options: Partial<ConnectOptions> = {}, before?: () => Promise<void>,
): Promise<void> {
  clock = new VirtualClock();
  FakeWebSocket.made = [];
  client = new Client({ url: 'wss://example.test', WebSocket: FakeWebSocket, ...options }, clock);
  await before?.();
  await connect(layers);
}

export async function connect(layers: readonly string[] = LAYERS): Promise<void> {
  await turn();
  FakeWebSocket.last.open().receive({ action: 'pong', v: 1, layers });
  const first = FakeWebSocket.last.said.map((text) => JSON.parse(text)).find(({ action }) => action === 'history');
  if (first) FakeWebSocket.last.receive({ type: 'history', ref: first.ref, epoch: EPOCH, position: 0, recovered: true, more: false, messages: [] });
  await turn();
}

export async function reconnect(layers?: readonly string[]): Promise<void> {
  FakeWebSocket.last.break();
  clock.pass(5_000);
  await connect(layers);
}

/** Opens a second connection beside the old one. Returns the old one. @param before runs before the second one can be used */
export async function rotate(layers?: readonly string[], before?: () => void): Promise<FakeWebSocket> {
  const old = FakeWebSocket.last;
  // After so much idle time, the connection would count as broken.
  for (let minutes = 0; minutes < 110; minutes++) {
    clock.pass(60_000);
    old.receive({ type: 'message', id: `minute ${minutes}`, sentAt: 1, message: 'tick' });
  }
  before?.();
  await connect(layers);
  return old;
}

export const say = (frame: object) => FakeWebSocket.last.receive(frame);
export const page = (position: number, messages: object[] = [], recovered = true) => ({ epoch: EPOCH, position, recovered, more: false, messages });
export const message = (channel: string, position: number) => ({ type: 'message', id: `${channel} ${position}`, sentAt: 1, message: `m${position}`, channel, position });

/** Subscribes, and the server agrees. @param answer the server's members for the channel */
export async function subscribe(name: string, position = 0, answer: object = page(position)): Promise<{ texts: string[]; gaps: number[] }> {
  const got = { texts: [] as string[], gaps: [] as number[] };
  const channel = client.channel(name);
  channel.on('message', (each) => got.texts.push(each.message));
  channel.on('gap', () => got.gaps.push(got.texts.length));
  const subscribed = channel.subscribe();
  await turn();
  say({ type: 'subscribed', ref: asked().at(-1)!.ref, channel: name, ...answer });
  await subscribed;
  return got;
}
