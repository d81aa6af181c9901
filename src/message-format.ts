import { type MessageFormatName } from './private/contract';

/**
 * How a message is written to the connections that receive it.
 */
export class MessageFormat {
  /**
   * `{"message":"<connection id of the sender> says: <text>"}`.
   *
   * The text is whatever the client sent, as a JSON string.
   */
  public static readonly ATTRIBUTED = new MessageFormat('ATTRIBUTED');

  /**
   * The text as the client sent it, and nothing else.
   *
   * Every client can then write whatever it likes to all others, also frames that look as if the server had sent
   * them. Use it when all clients are trusted or when they check what they receive.
   */
  public static readonly RAW = new MessageFormat('RAW');

  /**
   * `{"type":"message","id":"…","from":"<connection id of the sender>","sentAt":<epoch milliseconds>,"message":"<text>"}`.
   *
   * The only format by which a client can drop the rare message that arrives twice (by `id`) and put messages in order
   * (by `sentAt`, then `id`). Clients should ignore types and members that they do not know.
   */
  public static readonly ENVELOPE = new MessageFormat('ENVELOPE');

  private constructor(
    /** @internal */
    public readonly _name: MessageFormatName,
  ) {}
}
