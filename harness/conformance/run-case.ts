import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SENT_AT, type Case, type Violation } from './case';
import { violationsOf } from './check';
import { ATTRIBUTE, RESERVED_KEY_PREFIX } from '../../src/private/contract';
import { messageEvent } from '../events';
import { Handler } from '../handler/handler';
import { addressOfNothing, type Rig } from '../rig';

/** A POST that left before the freeze may reach the endpoint so much later. */
const ARRIVAL_MILLIS = 100;
/** Time for which a thawed environment is watched. */
const WATCH_MILLIS = 200;
const LONG_FREEZE_MILLIS = 1_000;
/** Long enough for the latest retry to show. */
const LONG_WATCH_MILLIS = 1_500;

/** Runs a case against a handler bundle and says in what its outcome is wrong. */
export async function runCase(rig: Rig, bundle: string, given: Case): Promise<Violation[]> {
  const { tables, endpoint, children } = rig;
  const text = given.text ?? `hello ${randomUUID()}`;
  const sender = given.sender ?? 'sender-without-row=';
  // Many broadcasts at once would wait for the checks, not for the pace.
  await endpoint.play({ scripts: given.scripts, others: given.others, checkEvery: given.broadcasts });
  const tableName = await tables.create(given.rows, given.table);
  const callbackUrl = given.endpointIsDown ? await addressOfNothing() : endpoint.url;
  const handlers = await Promise.all(Array.from({ length: given.broadcasts ?? 1 }, () => Handler.start(children, {
    bundle, tableName, callbackUrl, tableEndpoint: tables.endpoint, env: given.env,
  })));
  const invocations = await Promise.all(handlers.map(async (handler, index) => {
    const event = messageEvent({ connectionId: sender, messageId: `message-${index}`, text, sentAt: SENT_AT });
    const invocation = await handler.invoke(event, given.timeoutMillis);
    // As Lambda does at once: what is not done by now may be done next week, or never.
    handler.freeze();
    return invocation;
  }));
  await sleep(given.freezes ? LONG_FREEZE_MILLIS : ARRIVAL_MILLIS);
  const report = await endpoint.report();
  const scans = tables.proxy.callsOf('Scan');
  for (const handler of handlers) handler.thaw();
  await sleep(given.freezes ? LONG_WATCH_MILLIS : WATCH_MILLIS);
  const { posts } = await endpoint.report();
  await Promise.all(handlers.map(async (handler) => handler.stop()));
  const left = (await tables.items(tableName)).map((item) => item[ATTRIBUTE.connectionId].S!)
    .filter((id) => !id.startsWith(RESERVED_KEY_PREFIX));
  return violationsOf(given, { text, sender, report, afterThaw: posts.slice(report.posts.length), left, invocations, scans });
}
