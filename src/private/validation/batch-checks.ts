import { checkHeartbeat } from './layer-checks';
import { type BroadcastWebSocketApiProps } from '../../broadcast-websocket-api-props';
import { FanOut } from '../../fan-out';
import { sharesFrames } from '../channels/layers';

/** Throws on the first prop with which messages could not share frames as asked. Creates nothing. */
export function checkBatches(props: BroadcastWebSocketApiProps): void {
  const { queued, batchSize, maxBatchingWindowSeconds, maxAgeSeconds } = (props.fanOut ?? FanOut.direct())._bind();
  if (!sharesFrames(props)) {
    for (const [option, value] of Object.entries({ batchSize, maxBatchingWindow: maxBatchingWindowSeconds })) {
      if (value === undefined) continue;
      throw new Error(
        `'${option}' of FanOut.queued must come with MessageFormat.BATCH, got another format; only with BATCH messages share frames: `
        + 'set messageFormat: MessageFormat.BATCH, or leave it out',
      );
    }
    return;
  }
  if (!queued) {
    throw new Error(
      "'fanOut' must be FanOut.queued with MessageFormat.BATCH, got FanOut.direct; messages share frames only where they wait on a queue: "
      + 'set fanOut: FanOut.queued(), or use MessageFormat.ENVELOPE',
    );
  }
  if (props.excludeSender) {
    throw new Error(
      "'excludeSender' must be left out with MessageFormat.BATCH, got true; what one connection does not get could not share a frame with anything: "
      + 'leave it out, and let the client drop the message that its ack names',
    );
  }
  if (maxBatchingWindowSeconds !== undefined && maxBatchingWindowSeconds >= maxAgeSeconds) {
    throw new Error(
      `'maxBatchingWindow' must be shorter than 'maxAge', ${maxAgeSeconds} s, got ${maxBatchingWindowSeconds} s; every message would be too old before it left: `
      + 'use Duration.seconds(1)',
    );
  }
  checkHeartbeat('MessageFormat.BATCH', props);
}
