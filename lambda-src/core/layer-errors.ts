/* Errors of the opt-in layers, in their own file to keep them out of the base bundles. None holds any part of a message. */

/** The sender may not publish to all connections. */
export class PublishClosedError extends Error {
  public readonly name = 'PublishClosedError';

  constructor() {
    super('the sender may not publish to all connections, so nobody gets the message; see publishAccess');
  }
}

/** The message hook gave no decision, so nothing passes. */
export class HookFailedError extends Error {
  public readonly name = 'HookFailedError';

  /** @param rule the rule that the hook broke; no part of its answer */
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

/** Some of the connections that a backend named are still open; they are tried again. */
export class KickIncompleteError extends Error {
  public readonly name = 'KickIncompleteError';

  /** @param left connections that are known to be open */
  constructor(public readonly left: number, cause?: unknown) {
    super(
      `not all connections could be closed: ${left} are left, or the connections to close could not be read; they are tried again, check Throttled, ` +
        'and that the function may execute-api:ManageConnections DELETE/@connections/* and read the tables',
      { cause },
    );
  }
}

/** Some members of a channel did not get its list; it is sent again. */
export class ListIncompleteError extends Error {
  public readonly name = 'ListIncompleteError';

  /** @param left members that are known not to have got it */
  constructor(public readonly left: number, cause?: unknown) {
    super(
      `not all members of a channel got its list of users: ${left} did not, or the members could not be read; it is sent again, check Throttled, ` +
        'and raise deliveryRateLimit if the account\'s quota allows it',
      { cause },
    );
  }
}
