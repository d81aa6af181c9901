/** A difference between ElasticMQ and the runner's queues. */
export interface Difference {
  /** Titles of its requests: operation, queue, variant. */
  readonly requests: RegExp;
  /** Answer of the runner. */
  readonly runner: RegExp;
  readonly elasticMq: RegExp;
  readonly right: 'the runner' | 'ElasticMQ';
  /** Source for the right answer. */
  readonly source: string;
}

const REFERENCE = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference';
const GUIDE = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide';
const RECORDED = 'answers of AWS recorded in tests/aws/services/sqs/test_sqs.snapshot.json of github.com/localstack/localstack';

const ONE_FAILED = (code: string) => new RegExp(`"failed":\\[\\["(special|a)","${code}"\\]\\]`);
const NONE_FAILED = /"failed":\[\]/;

/** ElasticMQ answers some requests with text that is no JSON, and some not at all. */
const NO_ANSWER = /^(SyntaxError|no answer: .+)$/;

export const DIFFERENCES: readonly Difference[] = [
  // Other names for the same refusal.
  { requests: /^SendMessage, \w+: no body$/, runner: /^MissingParameter$/, elasticMq: NO_ANSWER, right: 'the runner', source: `${RECORDED}, test_send_empty_message` },
  { requests: /^SendMessage, \w+: an empty body$/, runner: /^MissingParameter$/, elasticMq: /^InvalidAttributeValue$/, right: 'the runner', source: `${RECORDED}, test_send_empty_message` },
  {
    requests: /^SendMessage, \w+: a (control character|noncharacter) in the body$/,
    runner: /^InvalidMessageContents$/,
    elasticMq: /^(InvalidAttributeValue|InvalidAction)$/,
    right: 'the runner',
    source: `${REFERENCE}/API_SendMessage.html, Errors`,
  },
  {
    requests: /^SendMessage, \w+: a body over 1 MiB$/,
    runner: /^InvalidParameterValue$/,
    elasticMq: /^InvalidAttributeValue$/,
    right: 'the runner',
    source: `${RECORDED}, test_send_oversized_message`,
  },
  {
    requests: /^SendMessage, \w+: (eleven attributes|an attribute (with an empty value|with a control character|whose number is none|whose number is too large))$/,
    runner: /^InvalidParameterValue$/,
    elasticMq: /^InvalidAttributeValue$/,
    right: 'the runner',
    source: `${RECORDED}, test_send_message_with_empty_string_attribute; InvalidAttributeValue is an error of queues' attributes (${REFERENCE}/API_SetQueueAttributes.html)`,
  },
  {
    requests: /^SendMessage, \w+: an attribute without a value$/,
    runner: /^InvalidParameterValue$/,
    elasticMq: /^MissingParameter$/,
    right: 'the runner',
    source: `${GUIDE}/sqs-message-metadata.html: name, type and value must not be empty or null`,
  },
  {
    requests: /^ReceiveMessage, \w+: (none|eleven|waiting for (21|-1) s)$/,
    runner: /^InvalidParameterValue$/,
    elasticMq: /^InvalidAttributeValue$/,
    right: 'the runner',
    source: `${RECORDED}, test_send_receive_max_number_of_messages, test_send_receive_wait_time_seconds`,
  },
  {
    requests: /^(DeleteMessage|ChangeMessageVisibility), \w+: (that is missing|for an unknown time)$/,
    runner: /^MissingParameter$/,
    elasticMq: NO_ANSWER,
    right: 'the runner',
    source: `${REFERENCE}/CommonErrors.html, MissingParameter`,
  },
  {
    requests: /^(DeleteMessage|ChangeMessageVisibility)Batch, \w+: that is missing$/,
    runner: ONE_FAILED('MissingParameter'),
    elasticMq: NO_ANSWER,
    right: 'the runner',
    source: `${REFERENCE}/API_DeleteMessageBatch.html: each entry succeeds or fails by itself`,
  },

  // Requests that ElasticMQ accepts.
  {
    requests: /^SendMessage, \w+: attributes over 1 MiB$/,
    runner: /^InvalidParameterValue$/,
    elasticMq: /^\{"MD5OfMessageBody"/,
    right: 'the runner',
    source: `${REFERENCE}/API_MessageAttributeValue.html: all parts of an attribute count for the size of the message`,
  },
  {
    requests: /^SendMessage, \w+: an attribute name /,
    runner: /^InvalidParameterValue$/,
    elasticMq: /^\{"MD5OfMessageBody"/,
    right: 'the runner',
    source: `${GUIDE}/sqs-message-metadata.html#sqs-message-attributes, the rules of names`,
  },
  { requests: /^SendMessageBatch, \w+: none$/, runner: /^EmptyBatchRequest$/, elasticMq: NONE_FAILED, right: 'the runner', source: `${REFERENCE}/API_SendMessageBatch.html, Errors` },
  {
    requests: /^SendMessageBatch, \w+: an id (with a space|of 81 characters)$/,
    runner: /^InvalidBatchEntryId$/,
    elasticMq: NONE_FAILED,
    right: 'the runner',
    source: `${RECORDED}, test_invalid_batch_id`,
  },
  {
    requests: /^ReceiveMessage, \w+: hiding for /,
    runner: /^InvalidParameterValue$/,
    elasticMq: /^\[/,
    right: 'the runner',
    source: `${GUIDE}/sqs-visibility-timeout.html: 0 seconds to 12 hours`,
  },
  {
    requests: /^ChangeMessageVisibility, \w+: for (over 12 hours|-1 s)$/,
    runner: /^InvalidParameterValue$/,
    // SQS does not document whether the time or the handle is checked first.
    elasticMq: /^("done"|ReceiptHandleIsInvalid)$/,
    right: 'the runner',
    source: `${REFERENCE}/API_ChangeMessageVisibility.html: values 0 to 43200`,
  },
  {
    requests: /^GetQueueAttributes, \w+: an unknown attribute$/,
    runner: /^InvalidAttributeName$/,
    elasticMq: /^\{\}$/,
    right: 'the runner',
    source: `${REFERENCE}/API_GetQueueAttributes.html, Errors`,
  },

  // Batches.
  {
    requests: /^SendMessageBatch, \w+: (over 1 MiB|with a body (over|of) 1 MiB|with attributes over 1 MiB)$/,
    runner: /^BatchRequestTooLong$/,
    elasticMq: /^InvalidAttributeValue$|"failed":\[\]/,
    right: 'the runner',
    source: `${RECORDED}, test_send_message_batch_with_oversized_contents`,
  },
  {
    requests: /^SendMessageBatch, \w+: with (no|an empty) body$/,
    runner: ONE_FAILED('MissingParameter'),
    elasticMq: /^SyntaxError$|^no answer|"failed":\[\["special","InvalidAttributeValue"\]\]/,
    right: 'the runner',
    source: `${REFERENCE}/API_SendMessageBatch.html: each entry succeeds or fails by itself`,
  },
  {
    requests: /^SendMessageBatch, \w+: with a (control character|noncharacter) in the body$/,
    runner: ONE_FAILED('InvalidMessageContents'),
    elasticMq: /^InvalidAction$|"failed":\[\["special","InvalidAttributeValue"\]\]/,
    right: 'the runner',
    source: 'tests/aws/services/sqs/test_sqs.py of github.com/localstack/localstack, validated on AWS: test_batch_send_with_invalid_char_should_succeed',
  },
  {
    requests: /^SendMessageBatch, \w+: with (eleven attributes|an attribute )/,
    runner: ONE_FAILED('InvalidParameterValue'),
    elasticMq: /^(MissingParameter|InvalidParameterValue)$|"failed":\[\["special","InvalidAttributeValue"\]\]|"failed":\[\]/,
    right: 'the runner',
    source: `${REFERENCE}/API_SendMessageBatch.html: each entry succeeds or fails by itself`,
  },
  {
    requests: /^SendMessageBatch, fifo: with no (group|deduplication id)$/,
    runner: /^InvalidParameterValue$/,
    elasticMq: /"failed":\[\["special","(MissingParameter|InvalidParameterValue)"\]\]/,
    right: 'the runner',
    source: `${RECORDED}, test_send_batch_missing_message_group_id_for_fifo_queue, test_send_batch_missing_deduplication_id_for_fifo_queue`,
  },

  // Receipt handles.
  {
    requests: /^DeleteMessage(Batch)?, \w+: of what was deleted$/,
    runner: /^"done"$|"successful":\["a"\]/,
    elasticMq: /ReceiptHandleIsInvalid/,
    right: 'the runner',
    source: 'tests/aws/services/sqs/test_sqs.py of github.com/localstack/localstack, validated on AWS: test_delete_message_with_deleted_receipt_handle',
  },
  {
    requests: /^ChangeMessageVisibility(Batch)?, \w+: of what was deleted$/,
    runner: /InvalidParameterValue/,
    elasticMq: /ReceiptHandleIsInvalid/,
    right: 'the runner',
    source: 'the same: test_change_visibility_on_deleted_message_raises_invalid_parameter_value',
  },
];
