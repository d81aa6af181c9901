import { listsName, type ClaimRule } from './claim-access';
import type { ConnectionKey } from './connection';
import { MessageTooLargeError, PublishForbiddenError, RateExceededError, RateUncheckedError, SenderUnknownError } from './errors';
import { checkSize, type Message } from './message';
import type { MessageRate } from './message-rate';
import { senderNameOf } from './sender-name';
import { ALL_CONNECTIONS, type MessageFormatName } from '../../src/private/contract';

/** A client's message as API Gateway received it. */
export interface IncomingMessage {
  readonly id: string;
  /** Epoch milliseconds at which API Gateway received it. */
  readonly sentAt: number;
  readonly sender: ConnectionKey;
  /** Context that the authorizer returned for the sender. */
  readonly authorizer?: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface IntakePorts {
  /** Absent when connections have no rate limit. */
  readonly messageRate?: Pick<MessageRate, 'admits'>;
  /** Claim that a sender needs; absent when every client may publish. */
  readonly publishClaim?: ClaimRule;
  /** Counts a message that is not broadcast, with the reason. */
  readonly countRefusal: (id: string, reason: string) => void;
  readonly format: MessageFormatName;
  /** Most bytes that a recipient gets. */
  readonly maxBytes: number;
  /** Bytes of `maxBytes` kept for steps after the intake. @default 0 */
  readonly reservedBytes?: number;
  readonly excludesSender: boolean;
  /** Key of the authorizer's context that names the sender. @default - the connection id */
  readonly senderNameKey?: string;
}

/** A message that is refused without an error: the handler answers this status, which the sender does not see. */
export interface QuietRefusal {
  readonly statusCode: 404 | 429;
}

const REFUSALS = [MessageTooLargeError, PublishForbiddenError, RateExceededError, SenderUnknownError];

/**
 * Takes in a client's message: refuses an empty one, checks its sender's rate, names its sender, and checks its size. The message is not
 * encoded yet: a later step may add to it.
 *
 * Throws when the message is refused for a reason that its sender should learn. A refusal is quiet when the message is empty,
 * or when its sender got the reason less than a second ago.
 */
export async function takeIn(incoming: IncomingMessage, ports: IntakePorts, abortSignal: AbortSignal): Promise<Message | QuietRefusal> {
  const refuse = (reason: string) => ports.countRefusal(incoming.id, reason);
  if (incoming.text === '') {
    refuse('the message is empty');
    return { statusCode: 404 };
  }
  try {
    if (!await isAdmitted(incoming, ports, abortSignal)) {
      refuse('the sender exceeds its rate, and got the error for another message less than a second ago');
      return { statusCode: 429 };
    }
    checkPublisher(incoming, ports);
    const message = withSender(incoming, ports);
    checkSize(message, ports.maxBytes, ports.reservedBytes);
    return message;
  } catch (error) {
    if (isRefusal(error)) refuse((error as Error).name);
    throw error;
  }
}

async function isAdmitted({ sender, sentAt }: IncomingMessage, { messageRate }: IntakePorts, abortSignal: AbortSignal): Promise<boolean> {
  if (!messageRate) return true;
  return messageRate.admits(sender, sentAt, abortSignal).catch((error: unknown) => {
    throw isRefusal(error) ? error : new RateUncheckedError(error);
  });
}

/** Checked after the rate, so that a sender without the right gets no more errors than one that sends too much. */
function checkPublisher({ authorizer }: IncomingMessage, { publishClaim }: IntakePorts): void {
  if (publishClaim && !listsName(authorizer, publishClaim, ALL_CONNECTIONS)) throw new PublishForbiddenError(publishClaim.key, ALL_CONNECTIONS);
}

function withSender({ id, sentAt, sender: { connectionId }, authorizer, text }: IncomingMessage, ports: IntakePorts): Message {
  const { format, excludesSender, senderNameKey } = ports;
  const from = senderNameOf(authorizer, senderNameKey) ?? connectionId;
  return { id, from, sentAt, text, format, target: ALL_CONNECTIONS, excluded: new Set(excludesSender ? [connectionId] : []) };
}

function isRefusal(error: unknown): boolean {
  return REFUSALS.some((refusal) => error instanceof refusal);
}
