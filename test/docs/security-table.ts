/** A row of the table in docs/security.md: a risk, its answer, the property for it, and the test that shows it. */
export interface SecurityRow {
  readonly risk: string;
  readonly answer: string;
  /** Property whose docstring has the default. Absent if the answer always holds. */
  readonly prop?: readonly [name: string, file: string];
  readonly test: readonly [file: string, title: string];
}

const access = 'src/broadcast-websocket-api-props.ts';
const limits = 'src/broadcast-websocket-api-props.ts';

export const SECURITY_ROWS: readonly SecurityRow[] = [
  {
    risk: 'Strangers connect',
    answer: 'an authorizer decides: by tokens of your issuer, by IAM, or by your own function',
    prop: ['authorizer', access],
    test: ['test/e2e/jwt.test.ts', 'that is not valid is a 403'],
  },
  {
    risk: 'A foreign page connects with its reader\'s cookies',
    answer: 'only pages of your origins may connect; an authorizer that reads cookies requires this property',
    prop: ['allowedOrigins', access],
    test: ['test/e2e/access.test.ts', 'refuse a client that names %s, and nothing is stored'],
  },
  {
    risk: 'A forged, expired or foreign token',
    answer: '403, also for `alg: none`, another audience, or an unknown key',
    test: ['test/conformance/jwt-authorizer.test.ts', 'denies a token that %s, and logs nothing of it'],
  },
  {
    risk: 'The issuer cannot be reached',
    answer: 'new clients are refused',
    test: ['test/conformance/jwt-authorizer.test.ts', 'because %s, nobody is let in, by a named error'],
  },
  {
    risk: 'A token leaks',
    answer: 'it is never sent back as the subprotocol, and never logged',
    test: ['test/e2e/jwt.test.ts', 'the first subprotocol is sent back, and the token never is'],
  },
  {
    risk: 'A sender takes another\'s name',
    answer: 'others see the connection id, or a value from your authorizer',
    prop: ['senderNameKey', access],
    test: ['test/e2e/abuse.test.ts', 'cannot change who a message is from'],
  },
  {
    risk: 'A client that should only watch writes to everybody',
    answer: 'API Gateway refuses messages of clients, and no function runs; or your authorizer says who may send',
    prop: ['publishAccess', access],
    test: ['test/e2e/receive-only.test.ts', 'has their messages refused by API Gateway itself, and shows what a backend publishes'],
  },
  {
    risk: 'One client floods',
    answer: 'its messages above the rate reach nobody; it gets at most one error a second',
    prop: ['messageRateLimit', limits],
    test: ['test/e2e/limits.test.ts', 'gets its burst through and one error a second, while the others keep chatting'],
  },
  {
    risk: 'All clients together use up the account\'s quota',
    answer: 'the stage refuses requests above its limit',
    prop: ['throttle', limits],
    test: ['test/e2e/limits.test.ts', 'refuses messages above the rate with an error frame, and later ones pass again'],
  },
  {
    risk: 'Broadcasts use up the account\'s quota',
    answer: 'all invocations share one rate of deliveries',
    prop: ['deliveryRateLimit', 'src/broadcast-websocket-api-props.ts'],
    test: ['test/lambda-src/aws/shared-budget.test.ts', 'the next begins where the last one ends'],
  },
  {
    risk: 'Large messages run up the bill',
    answer: 'they reach nobody; the sender gets an error',
    prop: ['maxMessageSize', limits],
    test: ['test/e2e/limits.test.ts', 'a larger message is an error for its sender only: %s'],
  },
  {
    risk: 'Binary frames, frames that are too large',
    answer: 'API Gateway closes that connection; its row is deleted',
    test: ['test/e2e/abuse.test.ts', 'a binary frame closes the connection of its sender, and no other'],
  },
  {
    risk: 'Half-open connections',
    answer: 'they have no row, and no function runs',
    test: ['test/e2e/abuse.test.ts', 'half-open connections leave no row and delay nobody'],
  },
  {
    risk: 'A client that reads nothing',
    answer: 'only this client misses messages',
    test: ['test/e2e/abuse.test.ts', 'a client that reads nothing does not affect the others'],
  },
  {
    risk: 'Forged actions and queue items',
    answer: 'they are treated as text: no route takes a connection id from a client',
    test: ['test/e2e/abuse.test.ts', 'that looks like a work item of the queues is a text like any other'],
  },
  {
    risk: 'Log injection, secrets in logs',
    answer: 'no payload, query string, token or header is logged',
    test: ['test/e2e/abuse.test.ts', 'the message, address and headers of a client appear in no log'],
  },
  {
    risk: 'A function is taken over',
    answer: 'each function has only the permissions that it needs, on resources of this API',
    test: ['test/permissions.test.ts', 'may put and delete rows of the table, and nothing else'],
  },
];

/** Renders the rows as a Markdown table, each with the default of the property's docstring. */
export function renderTable(defaultOf: (prop: string, file: string) => string): string {
  const rows = SECURITY_ROWS.map(({ risk, answer, prop, test: [file] }) =>
    [risk, answer, prop ? `\`${prop[0]}\`` : 'always', prop ? defaultOf(...prop) : '', `[test](../${file})`]);
  return [['risk', 'answer', 'property', 'default', 'shown by'], Array(5).fill('---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
