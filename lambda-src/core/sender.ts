/**
 * Result of one POST to one connection:
 * - `status`: an HTTP answer was read to its end;
 * - `unsent`: the request was never handed to the network, or was refused because of replaced credentials: nobody can have received it;
 * - `ambiguous`: it timed out or broke off after that, so the recipient may or may not have it.
 */
export type Answer =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'unsent'; readonly reason: string }
  | { readonly kind: 'ambiguous'; readonly reason: string };

/** One body on its way to many connections. */
export interface Transmission {
  /** Posts the body to one connection. Never rejects. Settles within the sender's time limit once it is written, and soon if it cannot be. */
  post(connectionId: string): Promise<Answer>;

  /** Ends the posts in flight (they settle at once) and accepts no more. */
  end(): void;
}

/** Posts bodies to connections. */
export interface Sender {
  /**
   * Opens a transmission of one body. Work that all recipients share is done here, once.
   *
   * @param body bytes to send
   * @param expected number of recipients to prepare for; a hint, not a limit
   */
  begin(body: Uint8Array, expected: number): Transmission;
}
