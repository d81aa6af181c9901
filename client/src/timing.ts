const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** In milliseconds. Each jitter shortens its time by a random part, so that clients do not all act at once. */
export const TIMING = {
  /** API Gateway closes a connection that is idle for 10 minutes. Also how long a channel may be silent before the client asks. */
  heartbeat: 9 * MINUTE,
  heartbeatJitter: MINUTE,
  /** Without an answer to a heartbeat for so long, the connection counts as broken. */
  pongTimeout: 10 * SECOND,
  /** API Gateway closes every connection after 2 hours. */
  rotation: 110 * MINUTE,
  rotationJitter: 10 * MINUTE,
  /** The old connection stays beside the new one for so long. A direct broadcast takes 28 seconds at most. */
  overlap: MINUTE,
  connectTimeout: 10 * SECOND,
  /** The wait before the first new attempt is between the shortest and this; it doubles up to the longest. */
  firstDelay: 4 * SECOND,
  shortestDelay: SECOND,
  longestDelay: 30 * SECOND,
  /** An earlier message may be late by so much before it is asked for. */
  gap: 300,
  /** Without an answer for so long, something is asked or sent again. API Gateway itself answers within 29 seconds. */
  answerTimeout: 30 * SECOND,
  /** `send` tries for so long. */
  sendTimeout: 2 * MINUTE,
};
