import * as baseErrors from '../../../lambda-src/core/errors';
import * as layerErrors from '../../../lambda-src/core/layer-errors';

/* Errors as an operator reads them: the rule, the value where it may be shown, and the fix. */

const errors = { ...baseErrors, ...layerErrors };
const CAUSE = new Error('the cause');

const ERRORS: Record<keyof typeof errors, readonly [error: Error, says: RegExp, fix: RegExp]> = {
  MessageTooLargeError: [new errors.MessageTooLargeError(40_000, 32_768), /may have 32768 bytes when encoded, got 40000/, /; send less/],
  RateExceededError: [new errors.RateExceededError(10, 30), /may send 10 messages a second, and 30 at once/, /; send less often/],
  PublishForbiddenError: [new errors.PublishForbiddenError('rights', 'all'), /may not publish/, /must list 'all' under 'rights'/],
  PublishClosedError: [new errors.PublishClosedError(), /may not publish to all/, /; see publishAccess/],
  HookFailedError: [new errors.HookFailedError('the function failed', CAUSE), /allowed nothing: the function failed/, /; see the logs .* lambda:InvokeFunction/],
  HookDeniedError: [new errors.HookDeniedError(), /refused the message, so nobody gets it/, /; see what that function/],
  SenderUnknownError: [new errors.SenderUnknownError(), /lost its row/, /: keep the connection open .* connect again$/],
  RateUncheckedError: [new errors.RateUncheckedError(CAUSE), /could not be checked/, /; check the throttles .* dynamodb:UpdateItem/],
  TableUnreadableError: [new errors.TableUnreadableError(CAUSE), /could not be read, so nobody got/, /; check the read throttles .* dynamodb:Scan/],
  BroadcastRefusedError: [new errors.BroadcastRefusedError(6_100), /fully reserved for the next 7 s/, /; send less often, or raise deliveryRateLimit/],
  DeliveryDeniedError: [new errors.DeliveryDeniedError(), /answers 403 to every delivery/, /; check that the function may execute-api:ManageConnections/],
  NobodyReachedError: [new errors.NobodyReachedError(2, 3), /none of 5 recipients .* 2 deliveries failed, 3 were not made/, /; send it again .* more memory$/],
  QueueRefusedError: [new errors.QueueRefusedError(CAUSE), /did not take the message/, /; send it again, and check the permissions/],
  RefusedPublicationError: [new errors.RefusedPublicationError('the attribute must be x, got y; leave it out'), /must be x, got y/, /; leave it out/],
  KickIncompleteError: [new errors.KickIncompleteError(3, CAUSE), /could be closed: 3 are left/, /; they are tried again, check Throttled/],
  ListIncompleteError: [new errors.ListIncompleteError(3, CAUSE), /list of users: 3 did not/, /; it is sent again, check Throttled/],
  MalformedWorkItemError: [new errors.MalformedWorkItemError('must be JSON'), /a work item must be JSON/, /; only the delivery handler may send/],
};

test.each(Object.entries(ERRORS))('%s states the rule and the fix, and has its name', (name, [error, says, fix]) => {
  expect(error.message).toMatch(says);
  expect(error.message).toMatch(fix);
  expect(error.name).toBe(name);
});

test.each(Object.entries(ERRORS).filter(([, [error]]) => error.message.includes('could not') || error.name === 'QueueRefusedError'))('%s keeps its cause', (_name, [error]) => {
  expect(error.cause).toBe(CAUSE);
});

test('every error is tested here', () => {
  expect(Object.keys(ERRORS).sort()).toEqual(Object.keys(errors).sort());
});
