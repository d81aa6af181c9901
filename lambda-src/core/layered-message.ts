import {
  isClosed, questionOf, senderOf, type Invocation, type LayeredMessagePorts, type RoutedMessage,
} from './actions/action';
import { publish } from './actions/publish';
import { readHistory } from './actions/read-history';
import { readPresence } from './actions/read-presence';
import { subscribe, unsubscribe } from './actions/subscribe';
import { verdictOf } from './channels/access';
import { within } from './clock';
import { takeIn } from './intake';
import { HookDeniedError, PublishClosedError } from './layer-errors';
import { checkSize, type Message } from './message';
import { ALL_CONNECTIONS } from '../../src/private/contract';
import { ACTION } from '../../src/private/layer-contract';

/** Answer to API Gateway. The body reaches the client where the route has a response. */
export interface IntegrationAnswer {
  readonly statusCode: number;
  readonly body?: string;
}

/** Handles a client's message: plain text is broadcast, an action is answered. */
export async function answerMessage(incoming: RoutedMessage, deadline: number, ports: LayeredMessagePorts): Promise<IntegrationAnswer> {
  return within(ports.clock, deadline, async (abortSignal) => {
    const invocation = { deadline, abortSignal };
    switch (incoming.routeKey) {
      case ACTION.publish: return answerOf(await publish(incoming, invocation, ports));
      case ACTION.history: return answerOf(await readHistory(incoming, invocation, ports));
      case ACTION.subscribe: return answerAll(incoming, await subscribe(incoming, invocation, ports), invocation, ports);
      case ACTION.unsubscribe: return answerOf(await unsubscribe(incoming, invocation, ports));
      case ACTION.presence: return answerOf(await readPresence(incoming, invocation, ports));
      default: return broadcastText(incoming, invocation, ports);
    }
  });
}

function answerOf(frame: object): IntegrationAnswer {
  return { statusCode: 200, body: JSON.stringify(frame) };
}

/** Returns the last frame through the route, and sends the frames before it on their own. */
async function answerAll(
  { sender: { connectionId } }: RoutedMessage, frames: readonly object[], { abortSignal }: Invocation, { channels }: LayeredMessagePorts,
): Promise<IntegrationAnswer> {
  if (frames.length > 1) await channels?.answer(connectionId, frames.slice(0, -1), abortSignal);
  return answerOf(frames[frames.length - 1]);
}

/** Broadcasts plain text. Throws when the message is refused, but never once it is in the log: every reader of the log gets it. */
async function broadcastText(incoming: RoutedMessage, invocation: Invocation, ports: LayeredMessagePorts): Promise<IntegrationAnswer> {
  const taken = await takeIn(incoming, ports.intake, invocation.abortSignal);
  if ('statusCode' in taken) return { statusCode: taken.statusCode };
  const message = await pastHook(incoming, taken, invocation, ports);
  if (!message) return { statusCode: 200 };
  const { id, from, sentAt, text, excluded } = message;
  const { deadline, abortSignal } = invocation;
  const log = ports.logUntil?.(deadline, abortSignal);
  await ports.publish(
    { channel: ALL_CONNECTIONS, message: { id, from, sentAt, text }, again: false, isLogged: log !== undefined, format: message.format, excluded },
    { log, deadline, abortSignal, group: incoming.sender.connectionId },
  ).catch((error: Error) => {
    if (log) ports.report.failed(id, error);
    throw error;
  });
  return { statusCode: 200 };
}

/** Returns the message as the rule of all connections and the hook let it pass; undefined when the hook drops it. */
async function pastHook(
  incoming: RoutedMessage, message: Message, { abortSignal }: Invocation, ports: LayeredMessagePorts,
): Promise<Message | undefined> {
  const { intake, hook, publishAccess } = ports;
  const sender = senderOf(incoming, ports);
  const verdict = verdictOf(publishAccess, ALL_CONNECTIONS, sender);
  if (verdict === 'members' || isClosed(verdict, ports)) {
    intake.countRefusal(incoming.id, PublishClosedError.name);
    throw new PublishClosedError();
  }
  if (!hook) return message;
  const decision = await hook.ask(questionOf(incoming, sender, { type: 'message', id: message.id, message: message.text }), abortSignal);
  if (decision.action === 'deny') throw new HookDeniedError();
  if (decision.action === 'drop') return undefined;
  const passed = decision.message === undefined ? message : { ...message, text: decision.message };
  checkSize(passed, intake.maxBytes, intake.reservedBytes);
  return passed;
}
