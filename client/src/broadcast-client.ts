import type { BroadcastClient, ConnectOptions } from './api';
import { Client } from './client';
import { systemClock } from './clock';

export * from './api';
export { TIMING } from './timing';

/**
 * Connects to a broadcast API, and stays connected until it is closed.
 *
 *     const client = connect({ url: 'wss://…/prod' });
 *     client.on('message', ({ id, from, sentAt, message }) => …);
 *     await client.send('hello');
 */
export function connect(options: ConnectOptions): BroadcastClient {
  return new Client(options, systemClock);
}
