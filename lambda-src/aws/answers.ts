import type { ChannelReport } from './channel-report';
import type { ChannelPorts } from '../core/actions/action';
import { inParallel } from '../core/in-parallel';
import type { Sender } from '../core/sender';

const AT_ONCE = 8;
/** What was not accepted is sent once more: a client may read slowly for a moment. */
const TRIES = 2;

/** Sends answers to a client that its request does not return: a route returns one. */
export function answering(sender: Sender, report: ChannelReport): ChannelPorts['answer'] {
  return async (connectionId, frames, abortSignal) => {
    const sent = await inParallel(frames, AT_ONCE, async (frame) => {
      const transmission = sender.begin(Buffer.from(JSON.stringify(frame)), 1);
      try {
        for (let tries = 1; tries <= TRIES && !abortSignal.aborted; tries++) {
          const answer = await transmission.post(connectionId);
          if (answer.kind === 'status' && answer.status < 300) return true;
          if (answer.kind === 'status' && answer.status === 410) return false;
        }
        return false;
      } finally {
        transmission.end();
      }
    });
    const unanswered = sent.filter((each) => !each).length;
    if (unanswered > 0) report.unanswered(unanswered);
  };
}

