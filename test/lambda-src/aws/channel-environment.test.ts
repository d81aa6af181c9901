import { addresseeReader } from '../../../lambda-src/aws/channel-environment';
import { LAYER_ENV } from '../../../src/private/layer-contract';

const environment = process.env;

afterEach(() => {
  process.env = environment;
});

test.each([[undefined, 'one that has none'], ['false', 'one that has none'], ['true', "'s3cret'"]])('with logChannels %s, an error names %s', (value, named) => {
  process.env = { ...environment, [LAYER_ENV.channelRules]: '[]', ...(value !== undefined && { [LAYER_ENV.logChannels]: value }) };
  const read = () => addresseeReader().read('channel:s3cret');
  expect(read).toThrow(`got ${named};`);
});
