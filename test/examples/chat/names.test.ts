import fc from 'fast-check';
import { handler } from '../../../examples/chat/names.lambda';
import { personalChannelOf } from '../../../lambda-src/core/channels/channel-name';
import { senderNameOf } from '../../../lambda-src/core/sender-name';
import { loadModule } from '../../load-module';

/* The page, the chat's authorizer and the library agree on names. */

const { tidyName, personalChannel } = loadModule<{ tidyName(typed: string): string; personalChannel(name: string): string }>('examples/chat/web/messages.js');

async function letsIn(name: string | undefined) {
  const event = { queryStringParameters: name === undefined ? null : { name }, methodArn: 'arn' } as Parameters<typeof handler>[0];
  const { policyDocument: { Statement: [{ Effect }] }, context } = await handler(event);
  return Effect === 'Allow' ? context : undefined;
}

const typed = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme-ascii' }), fc.lorem());

test('whatever is typed, the name that is made of it is let in, and others see it as it is', async () => {
  await fc.assert(fc.asyncProperty(typed, async (text) => {
    const name = tidyName(text);
    fc.pre(name !== '');
    const context = await letsIn(name);
    expect(context).toEqual({ name, userId: expect.any(String) });
    expect(senderNameOf(context as Record<string, unknown>, 'name')).toBe(name);
    expect(personalChannel(name)).toBe(personalChannelOf(String(context!.userId)));
  }), { numRuns: 3_000 });
});

test('what is typed in a usual way stays as it is', () => {
  for (const name of ['Ann', 'Cid Zoë', 'ann@example.com', 'Łukasz', 'Đặng', '李小龍', '👍', "O'Neill-Smith", 'a_b.c:d']) expect(tidyName(`  ${name} `)).toBe(name);
  expect(tidyName('<b>Ann</b>')).toBe('<b>Ann</b>');
});

test('one name is one text: what looks the same is not let in beside it', async () => {
  for (const text of ['Ann\u200b', 'A\u00adnn', 'Ann\u2800', 'Zoe\u0308', 'Ann ', ' Ann', 'Ann  Lee', 'Ann\u00a0Lee', '\u202eAnn', 'Ann\n', '', undefined, 'x'.repeat(129), '\ud800']) {
    expect([text, await letsIn(text)]).toEqual([text, undefined]);
  }
});
