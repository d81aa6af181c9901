import { type MessageFormatName } from './private/contract';

/**
 * Format of a message as the recipients get it.
 */
export class MessageFormat {
  /**
   * `{"message":"<connection id of the sender> says: <text>"}`.
   *
   * The text is a JSON string of what the client sent.
   */
  public static readonly ATTRIBUTED = new MessageFormat('ATTRIBUTED');

  /**
   * The text as the client sent it, and nothing else.
   *
   * Every client can then write anything to all others, even frames that look like the server's. Use it when you trust all
   * clients, or when they check what they receive.
   */
  public static readonly RAW = new MessageFormat('RAW');

  /**
   * `{"type":"message","id":"…","from":"<connection id of the sender>","sentAt":<epoch milliseconds>,"message":"<text>"}`.
   *
   * With it a client can drop the rare message that arrives twice (by `id`) and sort messages (by `sentAt`, then `id`). Clients
   * should ignore types and members that they do not know.
   */
  public static readonly ENVELOPE = new MessageFormat('ENVELOPE');

  /**
   * `{"type":"messages","messages":[…]}`, with one or more messages as `ENVELOPE` writes them.
   *
   * Messages that wait together share frames of up to 32 KB, which API Gateway counts and bills as one: busy APIs deliver many times
   * as many messages at the same rate. It needs `FanOut.queued`, whose `batchSize` and `maxBatchingWindow` set how many messages wait, and for
   * how long. Messages may have 24 KB. A message that excludes connections has a frame of its own.
   *
   * @see https://aws.amazon.com/api-gateway/pricing/
   */
  public static readonly BATCH = new MessageFormat('ENVELOPE', true);

  private constructor(
    /**
     * Format of each message.
     *
     * @internal
     */
    public readonly _name: MessageFormatName,
    /**
     * Whether messages share frames.
     *
     * @internal
     */
    public readonly _sharesFrames: boolean = false,
  ) {}
}
