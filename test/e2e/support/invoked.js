/* Process of one invocation: loads a bundled handler, calls it once, sends the result, ends. */
const { handler } = require(process.argv[2]);

process.once('message', async ({ event, remainingMillis }) => {
  const deadline = Date.now() + remainingMillis;
  const context = { awsRequestId: 'e2e', getRemainingTimeInMillis: () => deadline - Date.now() };
  const answer = await handler(event, context).then((result) => ({ result }), (error) => ({ error: String(error) }));
  process.send(answer, () => process.disconnect());
});
