import type { ChannelReport } from './channel-report';
import type { ChannelPorts } from '../core/actions/action';
import { inParallel } from '../core/in-parallel';
import type { Sender } from '../core/sender';

const AT_ONCE = 8;
/** A client that reads slowly for a moment gets a second try. */
const TRIES = 2;

/** Sends the answers that the route itself does not return: a route returns only one. */
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

