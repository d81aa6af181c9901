/*
 * Errors of broadcasts that cannot start, or reach nobody. API Gateway answers the sender with an error frame, and Lambda's `Errors`
 * counts them. None of them holds any part of the message.
 */

export class MessageTooLargeError extends Error {
  public readonly name = 'MessageTooLargeError';

  constructor(public readonly bytes: number, public readonly limit: number) {
    super(`a message may have ${limit} bytes when encoded, got ${bytes}; send less, or a link to it`);
  }
}

export class RateExceededError extends Error {
  public readonly name = 'RateExceededError';

  constructor(public readonly rate: number, public readonly burst: number) {
    super(`a connection may send ${rate} messages a second, and ${burst} at once; this one sent more, and the messages over the rate reach nobody; send less often`);
  }
}

/** The sender may connect and receive, but not send. */
export class PublishForbiddenError extends Error {
  public readonly name = 'PublishForbiddenError';

  constructor(key: string, name: string) {
    super(`the sender may not publish, so nobody gets the message; its authorizer must list '${name}' under '${key}' of its context for that`);
  }
}

export class SenderUnknownError extends Error {
  public readonly name = 'SenderUnknownError';

  constructor() {
    super(
      'the sender closed before its message was handled, or lost its row in the connections table, so nobody gets the message: ' +
        'keep the connection open until the message has come back, or connect again',
    );
  }
}

export class RateUncheckedError extends Error {
  public readonly name = 'RateUncheckedError';

  constructor(cause: unknown) {
    super(
      'the rate of the sender could not be checked, so nobody gets the message; check the throttles of the connections table, and that ' +
        'the function may dynamodb:UpdateItem its rows',
      { cause },
    );
  }
}

export class TableUnreadableError extends Error {
  public readonly name = 'TableUnreadableError';

  constructor(cause: unknown) {
    super(
      'the connections table could not be read, so nobody got the message; check the read throttles of the table, the time limit of the function, '
        + 'and that it may dynamodb:Scan the table and use its key',
      { cause },
    );
  }
}

export class BroadcastRefusedError extends Error {
  public readonly name = 'BroadcastRefusedError';

  constructor(public readonly backlogMillis: number) {
    super(
      `the delivery rate is fully reserved for the next ${Math.ceil(backlogMillis / 1000)} s; send less often, ` +
        'or raise deliveryRateLimit if the account\'s quota allows it',
    );
  }
}

export class DeliveryDeniedError extends Error {
  public readonly name = 'DeliveryDeniedError';

  constructor() {
    super(
      'API Gateway answers 403 to every delivery; check that the function may execute-api:ManageConnections on this stage, ' +
        'and that WS_CALLBACK_URL names this API, its region and its stage',
    );
  }
}

export class NobodyReachedError extends Error {
  public readonly name = 'NobodyReachedError';

  /**
   * @param failed recipients whose deliveries were refused, or lost after all tries
   * @param abandoned recipients for whom there was not enough time
   */
  constructor(public readonly failed: number, public readonly abandoned: number) {
    super(
      `none of ${failed + abandoned} recipients is known to have got the message: ${failed} deliveries failed, ${abandoned} were not made in time; ` +
        'send it again when API Gateway answers, see Throttled and Retried and what else uses the account\'s quota, or give the function more memory',
    );
  }
}

export class QueueRefusedError extends Error {
  public readonly name = 'QueueRefusedError';

  constructor(cause: unknown) {
    super('the queue did not take the message, so nobody gets it; send it again, and check the permissions and throttles of the queue', { cause });
  }
}

/** A publisher's message that cannot be broadcast: another try would fail the same way. */
export class RefusedPublicationError extends Error {
  public readonly name = 'RefusedPublicationError';
}

/** A malformed body on the queue of the work items. */
export class MalformedWorkItemError extends Error {
  public readonly name = 'MalformedWorkItemError';

  constructor(rule: string) {
    super(`a work item ${rule}; only the delivery handler may send to its queue`);
  }
}
