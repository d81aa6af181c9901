import { type Size, SizeRoundingBehavior, Token, Tokenization } from 'aws-cdk-lib';
import { type ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { MessageRateLimit, type MessageRateSettings } from '../../message-rate-limit';
import { sharesFrames } from '../channels/layers';
import { DEFAULT, ENV, QUOTA } from '../contract';
import { HISTORY_LIMIT } from '../storage/history-settings';
import { checkInteger } from '../validation/checks';

/** Throws on the first limit that API Gateway would refuse, or that lets nothing through. Creates nothing. */
export function checkLimits({ throttle, maxMessageSize, history, messageFormat }: BroadcastWebSocketApiProps): void {
  checkThrottle(throttle);
  if (maxMessageSize) {
    const why = 'API Gateway takes no larger message, and nobody needs one of none: use Size.kibibytes(32)';
    checkInteger('maxMessageSize', bytesOf(maxMessageSize), 1, QUOTA.messageBytes, 'bytes', why);
    if (history || sharesFrames({ messageFormat })) {
      const layer = history ? "'history'" : 'MessageFormat.BATCH';
      const reason = `with ${layer} a page of messages has to fit into one frame: use Size.kibibytes(24), or leave it out`;
      checkInteger('maxMessageSize', bytesOf(maxMessageSize), 1, HISTORY_LIMIT.messageBytes, 'bytes', reason);
    }
  }
}

function checkThrottle({ rateLimit, burstLimit }: ThrottleSettings = {}): void {
  if (rateLimit !== undefined && !Token.isUnresolved(rateLimit) && !(rateLimit >= 1 && Number.isFinite(rateLimit))) {
    throw new Error(`'throttle.rateLimit' must be at least 1 request per second, got ${rateLimit}; with less hardly anybody gets in, and API Gateway takes no infinite one: leave it out to get ${DEFAULT.throttle}`);
  }
  checkInteger('throttle.burstLimit', burstLimit, 1, Number.MAX_SAFE_INTEGER, 'requests', `leave it out to get ${DEFAULT.throttle}`);
}

/** Both, always: where one is set, API Gateway may take the other for 0. */
export function throttleOf({ throttle: { rateLimit, burstLimit } = {} }: BroadcastWebSocketApiProps): ThrottleSettings {
  return { rateLimit: rateLimit ?? DEFAULT.throttle, burstLimit: burstLimit ?? DEFAULT.throttle };
}

/** Message rate of a connection, if it is limited. */
export function messageRateOf({ messageRateLimit }: BroadcastWebSocketApiProps): MessageRateSettings | undefined {
  return (messageRateLimit ?? MessageRateLimit.perSecond(DEFAULT.messageRate))._settings;
}

/** Environment of functions that write messages. */
export function sizeEnvironment({ maxMessageSize, history, messageFormat }: BroadcastWebSocketApiProps): Record<string, string> {
  const defaultBytes = history || sharesFrames({ messageFormat }) ? HISTORY_LIMIT.messageBytes : DEFAULT.messageBytes;
  return { [ENV.maxMessageBytes]: Tokenization.stringifyNumber(maxMessageSize ? bytesOf(maxMessageSize) : defaultBytes) };
}

/** Environment of functions that take messages of clients: their rate. */
export function rateEnvironment(limits: BroadcastWebSocketApiProps): Record<string, string> {
  const settings = messageRateOf(limits);
  if (!settings) return {};
  return { [ENV.messageRate]: Tokenization.stringifyNumber(settings.rate), [ENV.messageBurst]: Tokenization.stringifyNumber(settings.burst) };
}

/** Throws for a token in another unit, which cannot be converted. */
function bytesOf(size: Size): number {
  if (!size.isUnresolved()) return size.toBytes({ rounding: SizeRoundingBehavior.NONE });
  try {
    return size.toBytes();
  } catch {
    throw new Error("'maxMessageSize' must be in bytes when it is a token, got another unit; a token cannot be converted: write Size.bytes(…)");
  }
}
