import { withCallbackAddress } from '../../../local/model/callback-address';
import type { FunctionModel } from '../../../local/model/functions';

const HOST = 'abcdefghij.execute-api.cn-north-1.amazonaws.com.cn';

test.each([
  ['its API', { WS_CALLBACK_URL: `https://${HOST}/prod` }, { WS_CALLBACK_URL: 'http://127.0.0.1:8787/prod' }],
  ['an API that is not served', { WS_CALLBACK_URL: `https://x${HOST}/prod` }, { WS_CALLBACK_URL: `https://x${HOST}/prod` }],
  ['none', { OTHER: `https://${HOST}/prod` }, { OTHER: `https://${HOST}/prod` }],
])('a handler of the construct sends to %s', (_what, variables, expected) => {
  expect(withCallbackAddress({ variables } as unknown as FunctionModel, [{ api: { host: HOST }, port: 8787 }]).variables).toEqual(expected);
});
