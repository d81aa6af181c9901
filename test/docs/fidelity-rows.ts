/** A test, by its file and its title. */
export type NamedTest = readonly [file: string, title: string];

/** Rows of docs/local-fidelity.md, by the beginning of each, and the tests that show it. */
export type Rows = Readonly<Record<string, readonly NamedTest[]>>;

const local = (file: string, ...titles: readonly string[]): NamedTest[] => titles.map((title) => [`test/local/${file}.test.ts`, title]);
const gateway = (...titles: string[]) => local('gateway/gateway', ...titles);
const authorizer = (...titles: string[]) => local('gateway/authorizer', ...titles);
const http = (...titles: string[]) => local('http-api/http-api', ...titles);
const lambda = (...titles: string[]) => local('lambda/function', ...titles);
const app = (...titles: string[]) => local('model/app', ...titles);
const services = (...titles: string[]) => local('aws/services', ...titles);

export const FIDELITY: Readonly<Record<string, Rows>> = {
  'WebSocket APIs': {
    '`$connect` returns': gateway('opens when $connect returns %i', 'fails with the %i that $connect returns', 'fails with 502 when $connect %s',
      'fails with 504 when $connect takes longer than an integration may', 'waits for $connect'),
    'no `$connect` route': gateway('is accepted when there is no $connect route'),
    'a Lambda authorizer does not allow it': authorizer('when %s the client gets the status, and $connect is never asked', 'that %s gets a 401, and the function is not invoked',
      'when it throws Unauthorized the client gets 401'),
    'IAM authorization: the signature is missing': local('gateway/signature', 'that is not signed is a 403', 'that is signed with %s is a 403, in a header or presigned, and the log says why'),
    'IAM authorization: the signature is over': local('gateway/signature', 'that is signed with %s is a 403, in a header or presigned, and the log says why',
      'that arrives after its presigned address has expired is a 403'),
    'context of a Lambda authorizer': authorizer('its context is on every event of the connection, as strings'),
    'over 500 new connections': local('gateway/throttles', 'a handshake over the rate of new connections fails with 429, and no route runs',
      'a handshake over the rate of requests fails with 429', 'throttles each of its routes by its default settings'),
    'any integration answer without a route response': gateway('is followed by silence when its route returns %i'),
    'an integration answer with a route response': gateway('is answered with the body only where the route has a route response'),
    'the function throws': gateway('is answered with an error frame when its function %s'),
    'over 29 s': gateway('is answered with an error frame when its function takes longer than an integration may',
      'is answered with an error frame when its function takes longer than its own integration may', 'is still handled to its end by a function that takes longer than an integration may'),
    'no route matches': gateway('is forbidden when no route matches and there is no $default'),
    'over a rate': local('gateway/throttles', 'a message over the rate of requests gets an error frame, and the connection stays open'),
    'a frame that is not accepted': gateway('with 1003 by a binary message', 'with 1009 by a frame over 32 KB', 'with 1009 by a message over 128 KB, though its frames are short'),
    'idle for 10 min': gateway('with 1001 when it was idle', 'with 1001 when it is too old, however busy'),
    'pings': [...local('gateway/inbox', 'a ping is answered, and no route runs'), ...gateway('with 1001 when it was idle but for pings')],
    'code in `$disconnect`': [...gateway('gets the code and reason of the client', 'gets 1005 when the client gave none', 'gets 1006 when the client was cut off'),
      ...local('gateway/management', 'DELETE closes the connection, and its $disconnect runs')],
    'Route selection expressions': [...local('model/selection', 'a member is found, whatever the names and values'), ...gateway('selects its route by any expression: %j goes to %s',
      'is answered by a mock integration without a function'), ...local('gateway/throttles', 'throttles a route by its own settings, and no other')],
    'A handshake signed with': local('gateway/signature', 'that is signed in a header is accepted', 'that is presigned%s is let in, and $connect sees all parameters'),
    'The runner handles up to 100': local('gateway/inbox', 'handles 100 messages at once, queues further ones, and stops reading from their client',
      'is not read from once its unread answers pile up, and is served again when it reads'),
    'A test compares': [['test/witness/gateway/gateway.test.ts', 'differ in all that is listed']],
  },
  '@connections': {
    '`POST` 200 (bytes': [...local('gateway/management', 'reaches the client when its path is written %s', 'of bytes that are not UTF-8 reaches the client as text', 'GET describes the connection',
      'DELETE closes the connection, and its $disconnect runs', 'to a connection that is not there answers 410 with its error type and nothing else',
      'answers 410 while $connect is still running', 'of 128 KB is sent, and a byte more is refused', '%s is refused', 'to a client that does not read answers 429'),
    ...local('gateway/rates', 'after that, as many as the rate allows'), ...local('gateway/gateways', 'the APIs of one region share the rates of the account'),
    ...local('gateway/signature', 'a call with %s is a 403'), ...local('cross-site', 'no endpoint of the runner answers a page')],
    'Custom domains': local('aws/custom-domains', 'a signed call of @connections reaches the client, by the key of the mapping', '%s gets %s: %s'),
  },
  'HTTP APIs': {
    'the event of a function': http('has everything of a request, as on AWS', 'the event of format 1.0 is that of REST APIs, with nulls'),
    'choice of the route': local('http-api/route-selection', '%s %s takes the route %s'),
    'body': http('a body of the type %s is in base64: %s', '413 for more than 10 MB'),
    'the function returns no `statusCode`': http('in format 2.0, without a status, is the body: %s', 'is an error when it has %s'),
    'the function fails, or returns a body': http('500 when the function fails', 'is an error when it has %s'),
    'the function takes over 30 s': http('503 when it takes longer than its integration allows'),
    'no route, or no stage': http('404 where no route or no stage is'),
    'over the account': http('429 over the throttle of the stage'),
    'CORS': http('answers a preflight itself, where no route takes it', 'replaces the CORS headers of the function',
      'passes a preflight to a route that matches it, whose authorizer may refuse it'),
    'JWT authorizer': http('accepts a token, and passes its claims on as texts', 'answers 401 to %s', 'requires one of the scopes of the route'),
    'Lambda authorizer, of either format': http('gets the request, and allows it with a simple answer', 'allows a request with a policy, in format 1.0', 'is invoked once for each identity while its answer is cached'),
    'IAM authorization': http('a route with IAM authorization requires a signature'),
    'Pages may call an HTTP API': http('403 for another host name of this machine', '500 for an integration that is not emulated', 'accepts an origin by its scheme'),
  },
  'Functions': {
    'Each environment is a process': lambda('runs one invocation at a time: others get environments of their own', 'is not created beyond the concurrency: invocations wait for their turn'),
    '`nodejs` runtimes': [...app('in Python run with the python3 that is found, and inline code becomes index.py', 'that are zip files are unpacked, once for all that share one',
      'have the layers of the app, the last one first; layers outside the app are reported', 'have layers of other stacks')],
    'Lambda provides the AWS SDK': lambda('that brings no AWS SDK finds the one of the project, from %s', 'finds the AWS SDK of another package of the repository, from %s',
      'finds the AWS SDK of a project whose packages Yarn keeps in archives'),
    'Functions have only the variables': [...lambda('has its own variables, and only those of the host that processes need'),
      ...local('lambda/python', 'has only those variables of the host that processes need')],
    'A function is ended': lambda('is ended at the timeout, and the next invocation gets a new one', 'is ended when it needs more memory than it has, for %s'),
    'Processes that a function starts': [...lambda('ends processes in sessions of their own when it ends by itself'),
      ...local('cli/killed', 'what functions started in sessions of their own ends with the runner, by %s')],
    'Up to `nodejs22.x`': local('lambda/invocation', 'until nodejs22.x a handler answers by %s', 'from nodejs24.x on a handler answers with its return value, and gets no callback',
      'files are found at their paths on Lambda, by imports and by reads')
      .concat(lambda('that is an ES module has the %s of its layers'))
      .concat(local('lambda/python', 'finds files at their paths on Lambda, and modules on paths that it adds')),
    'Functions call one another': services('a function invokes another, by name or ARN, waiting for it or not', 'a function gets the error of the function that it invokes, or that there is none'),
    'SSM': services('a function reads parameters and secrets of the template, and those that the user passes'),
    'Permissions are not checked': [...services('a function invokes another, by name or ARN, waiting for it or not'), ...local('gateway/signature', 'unsigned calls pass unless signatures are required')],
  },
  'Tables': {
    'Tables are in an embedded': [...local('tables/transactions', 'a transaction writes all of its items, and counts as a write', 'no part of a transaction is visible before it is complete',
      'a %s whose condition fails is given the item that is there', 'the time to live of a table can be read and changed'),
    ...local('tables/idempotency', 'a repeated request is recognised for ten minutes, in whatever order its members are'),
    ...local('tables/partiql', 'INSERT accepts every kind of value, and no item twice'),
    ...local('tables/partiql-batch', 'each statement of a batch succeeds or fails by itself, in the order of the request', 'the units of a batch are those of the statements that succeed'),
    ...local('tables/table-names', 'the ARN of %s is its name'), ...local('tables/database', 'expired items are deleted, and no others')],
  },
  'Queues': {
    'body, group id': local('queues/refusals', 'is refused as SQS does, for %s:', 'an invalid entry of a batch fails alone'),
    'deleting or hiding a message with': local('queues/refusals', 'to delete: an invalid handle', 'to hide: an invalid handle, and a time over twelve hours'),
    'deleting a message twice': local('queues/queue', 'keeps a message that is deleted too late, and refuses an expired handle'),
    'hiding a message that was deleted': [['test/witness/elasticmq/differential.test.ts', 'differ in all that is listed'], ...local('queues/refusals', 'is refused as SQS does, for %s:')],
    '`PurgeQueue` twice': local('queues/refusals', 'is refused as SQS does, for %s:'),
    '`StartMessageMoveTask`': local('queues/move-tasks', 'returns each message to the queue that it came from, as a new one with its attributes',
      'moves messages to a destination if it has one, even those without a source queue', 'keeps to its rate, and ends when it is cancelled'),
    '120,000 messages in flight': local('queues/refusals', 'a request that no SDK would send is refused'),
    'Queues speak only the JSON protocol': [...local('queues/any-request', 'every request gets an answer that SQS could give'), ['test/witness/elasticmq/differential.test.ts', 'differ in all that is listed']],
  },
  'Events and topics': {
    'EventBridge rules': [...local('events/event-buses', 'an event goes to the targets of the rules that match, as EventBridge has it',
      'a bus belongs to its region, and forwards an event to a bus of another region once'), ...local('events/input', 'a target gets the event, a constant, or a part of the event'),
    ...services('a function puts an event, and the targets of the rules get it')],
    'Rules and schedules with a rate': [...local('events/schedule', 'fires at its rate with the event of EventBridge'), ...app('do not fire %s')],
    'SNS topics': [...local('topics/topics', 'a queue gets the bare message with its attributes, or both in JSON', 'a filter policy by %s', 'a FIFO topic passes on groups, and accepts a message once'),
      ...services('a function publishes to a topic of the app, and its subscribers get it')],
    'A delivery that a target': [...local('events/event-buses', 'a target that cannot be reached does not keep the event from the others'),
      ...local('topics/topics', 'a subscriber that cannot be reached does not keep the message from the others')],
  },
  'Not emulated': {
    'At the start the runner prints': [...app('whose app has %s say so', 'with extensions in their layers, or a wrapper script, are reported, because these are not run',
      'with a route to a missing function are served, and the function is reported', '%s are named'),
    ...local('model/odd-templates', 'a value that cannot be resolved is reported by the path of its construct, or changes nothing'),
    ...local('template/stack-scope', 'names that code parses have the form that AWS gives them')],
    'One machine serves all regions': app('%s of two regions that have the same name are named, by their paths', 'functions of two regions may have the same name'),
  },
};
