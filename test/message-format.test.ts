import { MessageFormat } from '../src';
import { MESSAGE_FORMATS } from '../src/private/contract';

test('there is one message format for each that the handlers know', () => {
  expect(Object.keys(MessageFormat)).toEqual([...MESSAGE_FORMATS]);
  for (const name of MESSAGE_FORMATS) {
    expect(MessageFormat[name]).toBeInstanceOf(MessageFormat);
    expect(MessageFormat[name]._name).toBe(name);
  }
});
