/* Errors of the opt-in layers, in a file of their own as the base bundles have none of them. None holds anything of a message. */

/** No client, or not this one, may send to all connections. */
export class PublishClosedError extends Error {
  public readonly name = 'PublishClosedError';

  constructor() {
    super('the sender may not publish to all connections, so nobody gets the message; see publishAccess');
  }
}

/** The message hook gave no decision, so that nothing passes. */
export class HookFailedError extends Error {
  public readonly name = 'HookFailedError';

  /** @param rule what it did not do; nothing of its answer */
  constructor(rule: string, cause?: unknown) {
    super(`the message hook allowed nothing: ${rule}; see the logs of that function, and that this one may lambda:InvokeFunction it`, { cause });
  }
}

/** The message hook refused a message. */
export class HookDeniedError extends Error {
  public readonly name = 'HookDeniedError';

  constructor() {
    super('the message hook refused the message, so nobody gets it; see what that function allows');
  }
}

/** Not all connections that a backend named are closed; what is left of them is tried again. */
export class KickIncompleteError extends Error {
  public readonly name = 'KickIncompleteError';

  /** @param left connections that are known to be open */
  constructor(public readonly left: number, cause?: unknown) {
    super(
      `not all connections could be closed: ${left} are left, or who is meant could not be read; they are tried again, see Throttled, ` +
        'and that the function may execute-api:ManageConnections DELETE/@connections/* and read the tables',
      { cause },
    );
  }
}

/** Not all members of a channel got the list of who is there; it is sent again. */
export class ListIncompleteError extends Error {
  public readonly name = 'ListIncompleteError';

  /** @param left members that are known not to have got it */
  constructor(public readonly left: number, cause?: unknown) {
    super(
      `not all members of a channel got the list of who is there: ${left} did not, or they could not be read; it is sent again, see Throttled, ` +
        'and raise deliveryRateLimit if the account\'s quota allows it',
      { cause },
    );
  }
}
