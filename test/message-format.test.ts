import { MessageFormat } from '../src';
import { MESSAGE_FORMATS } from '../src/private/contract';

test('there is one message format for each that the handlers know, and one that shares frames', () => {
  expect(Object.keys(MessageFormat)).toEqual([...MESSAGE_FORMATS, 'BATCH']);
  expect(MessageFormat.BATCH).toMatchObject({ _name: 'ENVELOPE', _sharesFrames: true });
  for (const name of MESSAGE_FORMATS) {
    expect(MessageFormat[name]).toBeInstanceOf(MessageFormat);
    expect(MessageFormat[name]).toMatchObject({ _name: name, _sharesFrames: false });
  }
});
