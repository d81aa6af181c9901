import { statSync } from 'node:fs';
import { shippedBundle } from '../harness/shipped-bundle';

/*
 * Every byte of a bundle is read and compiled in each cold start. The budgets are a little above the present sizes: raise one only with a
 * reason.
 */
test.each([
  ['connection-handler', 212],
  // Handling and reporting stalls of the endpoint and steps of the wall clock took 3 KB.
  ['message-handler', 253],
  // A quarter of it is the DynamoDB client, which the sender's message rate needs.
  ['queued-message-handler', 226],
  ['delivery-handler', 285],
  ['jwt-authorizer', 60],
  // History: its table, log and actions. Channels and the sender of answers took 25 to 40 KB.
  // Presence took 20 KB, and as much again where the client of SQS was not there. Leaving channels in batches took 1.5 KB.
  ['layered-message-handler', 340],
  ['layered-queued-message-handler', 327],
  ['layered-delivery-handler', 325],
  ['layered-connection-handler', 266],
  // Closes connections with the SDK's client, beside the sender for the last frame.
  ['disconnect-handler', 318],
  // Makes lists and delivers them.
  ['presence-handler', 289],
] as const)('the bundle of %s has at most %d KB', (handler, kilobytes) => {
  expect(statSync(shippedBundle(handler)).size / 1000).toBeLessThanOrEqual(kilobytes);
});
