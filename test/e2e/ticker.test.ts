import { Client } from './support/client';
import { synthesizeExample } from './support/example';
import { scratchFolder } from './support/scratch';
import { startLocal } from '../../local';

test('the ticker of the chat, a backend, reaches everybody who is connected', async () => {
  const scratch = scratchFolder();
  let clients: Client[] = [];
  await synthesizeExample('chat', scratch.path, { TICKER: 'on' });
  const local = await startLocal({ assembly: scratch.path, timeScale: 30 });
  try {
    clients = await Promise.all([Client.open(local.apis[0].url), Client.open(local.apis[0].url)]);
    const frames = await Promise.all(clients.map((client) => client.frame((frame) => frame.includes('ticker'))));
    expect(frames[0]).toBe(frames[1]);
    const envelope = JSON.parse(frames[0]);
    expect(envelope).toEqual({ type: 'message', id: expect.any(String), sentAt: expect.any(Number), message: expect.any(String) });
    expect(JSON.parse(envelope.message)).toEqual({ name: 'ticker', text: expect.stringMatching(/^It is \d\d:\d\d UTC$/) });
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    await local.stop();
    scratch.remove();
  }
}, 60_000);
