interface ErrorNames {
  readonly code: string;
  readonly shape?: string;
  readonly status?: number;
}

/**
 * The errors of SQS. Each has two names: its code from the older query protocol, which SDKs still show, and the name of its shape in the
 * JSON protocol, where that differs.
 */
const ERRORS = {
  QueueDoesNotExist: { code: 'AWS.SimpleQueueService.NonExistentQueue' },
  InvalidParameterValue: { code: 'InvalidParameterValue', shape: 'InvalidParameterValueException' },
  MissingParameter: { code: 'MissingParameter', shape: 'MissingRequiredParameterException' },
  InvalidAddress: { code: 'InvalidAddress' },
  InvalidAttributeName: { code: 'InvalidAttributeName' },
  InvalidMessageContents: { code: 'InvalidMessageContents' },
  ReceiptHandleIsInvalid: { code: 'ReceiptHandleIsInvalid' },
  EmptyBatchRequest: { code: 'AWS.SimpleQueueService.EmptyBatchRequest' },
  TooManyEntriesInBatchRequest: { code: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest' },
  BatchEntryIdsNotDistinct: { code: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct' },
  InvalidBatchEntryId: { code: 'AWS.SimpleQueueService.InvalidBatchEntryId' },
  BatchRequestTooLong: { code: 'AWS.SimpleQueueService.BatchRequestTooLong' },
  PurgeQueueInProgress: { code: 'AWS.SimpleQueueService.PurgeQueueInProgress', status: 403 },
  ResourceNotFoundException: { code: 'ResourceNotFoundException', status: 404 },
  UnsupportedOperation: { code: 'AWS.SimpleQueueService.UnsupportedOperation' },
  SerializationException: { code: 'SerializationException' },
} as const satisfies Record<string, ErrorNames>;

/** A request that SQS would refuse. */
export class SqsError extends Error {
  constructor(readonly type: keyof typeof ERRORS, message: string) {
    super(message);
    this.name = type;
  }

  get code(): string {
    return ERRORS[this.type].code;
  }

  /** Name of the error in the JSON protocol. */
  get shape(): string {
    return (ERRORS[this.type] as ErrorNames).shape ?? this.type;
  }

  get status(): number {
    return (ERRORS[this.type] as ErrorNames).status ?? 400;
  }
}

/** Returns the error for an invalid parameter value. */
export function invalidValue(value: unknown, parameter: string, reason: string): SqsError {
  return new SqsError('InvalidParameterValue', `Value ${String(value)} for parameter ${parameter} is invalid. Reason: ${reason}`);
}

export function missing(parameter: string): SqsError {
  return new SqsError('MissingParameter', `The request must contain the parameter ${parameter}.`);
}
