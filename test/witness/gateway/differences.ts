/** A difference between another implementation and the runner. */
export interface Difference {
  /** Titles of its situations. */
  readonly situations: RegExp;
  /** Path of the differing fact. */
  readonly facts: RegExp;
  readonly runner: RegExp;
  readonly other: RegExp;
  readonly right: 'the runner' | 'the other' | 'unknown';
  /** Source for the right answer. */
  readonly source: string;
}

const GUIDE = 'https://docs.aws.amazon.com/apigateway/latest/developerguide';
const CAPTURED = 'events of AWS in public repositories, such as github.com/localstack/localstack/issues/7191';
const CONNECT = `${GUIDE}/apigateway-websocket-api-route-keys-connect-disconnect.html`;
const BACKEND = `${GUIDE}/apigateway-how-to-call-websocket-api-connections.html`;
const MODEL = 'the service model of apigatewaymanagementapi in the AWS SDKs';
const QUOTAS = `${GUIDE}/apigateway-execution-service-websocket-limits-table.html`;
const REPORTED = 'reports of what AWS sent, in public repositories';

const ANY = /^/;
const ABSENT = /^absent$/;
const ERROR_FRAME = /^\{"message": "Internal server error", "connectionId":"an id", "requestId":"an id"\}$/;

export const MINISTACK_DIFFERENCES: readonly Difference[] = [
  // Events.
  { situations: /^event: (\$connect|of an authorizer)/, facts: /^(h|multiValueH)eaders\./, runner: ANY, other: ANY, right: 'the runner', source: `${CAPTURED}: the client's casing, with the headers that API Gateway adds` },
  { situations: /^event: \$disconnect/, facts: /^(h|multiValueH)eaders\./, runner: /^"(|API\..*)"$/, other: ABSENT, right: 'the runner', source: CAPTURED },
  { situations: /^event: \$connect, without a query/, facts: /[qQ]ueryStringParameters$/, runner: ABSENT, other: /^null$/, right: 'the runner', source: CAPTURED },
  { situations: /^event: (\$|a message)/, facts: /^stageVariables\.colour$/, runner: /^"red"$/, other: ABSENT, right: 'the runner', source: `${GUIDE}/apigateway-websocket-api-mapping-template-reference.html` },
  { situations: /^event: /, facts: /^requestContext\.(extendedR|r)equestId$|messageId$/, runner: /an id$/, other: /a uuid$/, right: 'the runner', source: CAPTURED },
  { situations: /^event: /, facts: /^requestContext\.connectionId$/, runner: /an id$/, other: /16 hex digits$/, right: 'the runner', source: CAPTURED },
  { situations: /^event: (\$|a message)/, facts: /^requestContext\.messageDirection$/, runner: /^"IN"$/, other: ABSENT, right: 'the runner', source: CAPTURED },
  { situations: /^event: \$/, facts: /^body$/, runner: ABSENT, other: /^""$/, right: 'the runner', source: CAPTURED },
  { situations: /^event: what those/, facts: /^connectedAt$/, runner: /^1$/, other: /^3$/, right: 'the runner', source: `${CAPTURED}: the time of the connection, not of the event` },
  { situations: /^event: \$disconnect .* (code|1000|reason)$/, facts: /StatusCode$/, runner: /^(1005|1000|4001)$/, other: /^(1005|1006)$/, right: 'the runner', source: CONNECT },
  { situations: /^event: \$disconnect/, facts: /disconnectReason$/, runner: /^"(Client-side.*|bye)"$/, other: /^""$/, right: 'the runner', source: CAPTURED },
  { situations: /^event: of an authorizer$/, facts: /^methodArn$/, runner: /:000000000000:/, other: /:111122223333:/, right: 'unknown', source: 'the account that each is started for' },
  { situations: /^event: what an authorizer said/, facts: /^integrationLatency$/, runner: /^\d+$/, other: ABSENT, right: 'the runner', source: CAPTURED },

  // Handshakes.
  { situations: /answers (302|401|500|a text|an error)$/, facts: /^status$/, runner: /^(302|401|500|502)$/, other: /^403$/, right: 'the runner', source: `${REPORTED}: its own statuses reach the client` },
  { situations: /^handshake: \$connect answers (no status|nothing|an unknown key)$/, facts: /^(status|protocol)$/, runner: /^(502|absent)$/, other: /^(101|)$/, right: 'the runner', source: `${REPORTED}: an answer that is none is a 502, as in github.com/serverless/serverless-websockets-plugin/issues/13` },
  { situations: /^handshake: /, facts: /^body/, runner: ANY, other: ANY, right: 'unknown', source: 'the bodies of refused handshakes are not documented' },
  { situations: /^handshake: an offered protocol/, facts: ANY, runner: /^(101|v2|absent)$/, other: /^(absent|Server sent no subprotocol)$/, right: 'the runner', source: `${GUIDE}/websocket-connect-route-subprotocol.html` },
  { situations: /^handshake: no such stage$/, facts: /^(status|protocol)$/, runner: /^(403|absent)$/, other: /^(101|)$/, right: 'the runner', source: 'reports of 403 for a stage that is not there (u)' },
  { situations: /^handshake: an authorizer answers unauthorized$/, facts: /^status$/, runner: /^401$/, other: /^500$/, right: 'the runner', source: `${GUIDE}/apigateway-websocket-api-lambda-auth.html` },

  // Frames.
  { situations: /response answers base64$/, facts: /^frames$/, runner: /^the answer$/, other: /^dGhl/, right: 'the runner', source: `${GUIDE}/http-api-develop-integrations-lambda.html: isBase64Encoded` },
  { situations: /answers (nothing|a text|a number|an object|an unknown key|an error)$/, facts: /^frames$/, runner: ERROR_FRAME, other: ANY, right: 'the runner', source: REPORTED },
  { situations: /response answers a text$/, facts: /^connection$/, runner: /^open$/, other: /^1000$/, right: 'the runner', source: REPORTED },
  { situations: /without a response answers a body$/, facts: /^frames$/, runner: /^none$/, other: /^the answer$/, right: 'the runner', source: `${GUIDE}/apigateway-websocket-api-route-response.html` },
  { situations: /^frames: no route/, facts: /^frames$/, runner: /"Forbidden"/, other: /^none$/, right: 'the runner', source: REPORTED },
  { situations: /^frames: binary$/, facts: ANY, runner: /^(none|1003 .*)$/, other: /^(the answer|open)$/, right: 'the runner', source: `${GUIDE}/websocket-api-develop-binary-media-types.html: binary frames from clients are not taken` },
  { situations: /^frames: a (frame|message) over/, facts: /^connection$/, runner: /^1009/, other: /^open$/, right: 'the runner', source: QUOTAS },
  { situations: /^route: \{"action":"\$(dis)?connect"\}$/, facts: /^route$/, runner: /^\$default$/, other: /connect$/, right: 'the runner', source: `${CONNECT}: these routes are called by connections alone (u)` },

  // @connections.
  { situations: /^@connections: POST of more$/, facts: ANY, runner: ANY, other: ANY, right: 'the runner', source: `${MODEL}: PayloadTooLargeException` },
  { situations: /^@connections: GET$/, facts: /^body\./, runner: ANY, other: ANY, right: 'the runner', source: `${MODEL}: the names, and times as ISO 8601` },
  { situations: /^@connections: PUT$/, facts: ANY, runner: ANY, other: ANY, right: 'unknown', source: `${BACKEND} has no such method` },
  { situations: /^@connections: DELETE$/, facts: /^(closed|told)$/, runner: /^1000 Connection Closed Normally$/, other: /^(1000|1005|1006)/, right: 'the runner', source: CAPTURED },
  { situations: /^@connections: .* (never was|has left)$/, facts: /^body/, runner: /^(none|absent)$/, other: /^(absent|"GoneException")$/, right: 'the runner', source: 'SDKs name the error by its header alone: the body is empty' },
  { situations: /for what is no id$/, facts: ANY, runner: /400|BadRequest|Invalid/, other: /410|Gone/, right: 'the runner', source: REPORTED },
];
