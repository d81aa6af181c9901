import { App, Stack } from 'aws-cdk-lib';
import { Client } from '../../harness/client';
import { scratchFolder, type Scratch } from '../../harness/scratch';
import { startLocal, type Local } from '../../local';
import { BroadcastWebSocketApi, MessageFormat } from '../../src';

/* The shipped handlers under the faults of the local runner: everybody still receives everything, once. */

let scratch: Scratch;
let local: Local | undefined;
let clients: Client[] = [];

beforeAll(() => {
  scratch = scratchFolder();
  const app = new App({ outdir: scratch.path });
  new BroadcastWebSocketApi(new Stack(app, 'Faults'), 'Chat', { messageFormat: MessageFormat.ENVELOPE });
  app.synth();
}, 60_000);

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
  await local?.stop();
});

afterAll(() => scratch.remove());

test.each([
  ['stale reads', ['stale=60s'], 0],
  ['throttled and failing calls', ['429=0.15', '503=0.02'], 1],
  ['slow calls', ['latency=20ms-200ms'], 0],
])('under %s everybody receives a broadcast, once', async (_what, faults, atLeast) => {
  let injected = 0;
  local = await startLocal({ assembly: scratch.path, faults, faultSeed: 7, log: (_line, { detail }) => { injected += detail.endsWith(' injected') ? 1 : 0; } });
  for (let index = 0; index < 12; index++) clients.push(await Client.open(local.url));
  const isHello = (frame: string) => frame.includes('"message":"hello"');
  const received = clients.map((client) => client.frame(isHello));
  clients[0].send('hello');
  await Promise.all(received);
  for (const client of clients) expect(client.frames.filter(isHello)).toHaveLength(1);
  expect(injected).toBeGreaterThanOrEqual(atLeast);
}, 60_000);
