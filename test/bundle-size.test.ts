import { statSync } from 'node:fs';
import { shippedBundle } from '../harness/shipped-bundle';

/*
 * Every byte of a bundle is read and compiled in each cold start. The budgets are a little above what was reached: raise
 * one only with a reason.
 */
test.each([
  ['connection-handler', 212],
  // Stalls of the endpoint, steps of the wall clock and what is said of them took 3 KB.
  ['message-handler', 253],
  // A quarter of it is the client of DynamoDB, for the message rate of its sender.
  ['queued-message-handler', 226],
  ['delivery-handler', 285],
  ['jwt-authorizer', 60],
  // With a history: its table, its log, and what its clients ask for; channels, and the sender of answers, took 25 to 40 KB.
  // Presence took 20 KB, and as much again where the client of SQS was not there.
  ['layered-message-handler', 338],
  ['layered-queued-message-handler', 324],
  ['layered-delivery-handler', 325],
  ['layered-connection-handler', 266],
  // It closes connections by the SDK's client, beside the sender that tells them so.
  ['disconnect-handler', 318],
  // It makes lists and delivers them.
  ['presence-handler', 289],
] as const)('the bundle of %s has at most %d KB', (handler, kilobytes) => {
  expect(statSync(shippedBundle(handler)).size / 1000).toBeLessThanOrEqual(kilobytes);
});
