import { QUOTA } from '../../../src/private/contract';
import { SENT_AT, type Case } from '../case';
import { ids, rowsOf } from './build';

const three = ids(3);
const SENDER = 'sender-16-chars=';

const TEXTS: Readonly<Record<string, string>> = {
  'has 1 byte': 'x',
  'has 32 KB': 'x'.repeat(32 * 1024),
  'is made of emoji': '👩‍👩‍👧‍👦 🇺🇦 é ü 漢字 \u{10FFFF}',
  'has quotes, backslashes and control characters': '"\'`\\"\\\\ \u0000\u001f\u007f\u2028\u2029\r\n\t</script>',
  'has lone surrogates': 'a\uD83Db\uDE00c',
  'looks like an answer of HTTP': 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
};

const whole = { delivered: three, counts: { recipients: 3, delivered: 3 }, posts: 3 };

/** The text as UTF-8 carries it: a surrogate without its other half becomes U+FFFD. */
const raw = (text: string) => text;

/** A text that fills the largest message to its last byte, when the format adds so many. */
function fill(formatBytes: number, over = 0): string {
  return 'x'.repeat(QUOTA.messageBytes - formatBytes + over);
}

const ATTRIBUTION_BYTES = JSON.stringify({ message: `${SENDER} says: ` }).length;

/** The text in each format. */
export const BODIES: readonly Case[] = [
  ...Object.entries(TEXTS).flatMap(([name, text]): Case[] => [
    { name: `the message ${name}`, rows: rowsOf(three), sender: SENDER, text, naive: 'right', expect: whole },
    { name: `the message ${name}, and is sent unchanged`, rows: rowsOf(three), text, env: { MESSAGE_FORMAT: 'RAW' }, expect: { ...whole, body: raw } },
  ]),
  ...(['ATTRIBUTED', 'RAW', 'ENVELOPE'] as const).map((format): Case => ({
    name: `the message is empty: nobody gets it as ${format}, the table is not read, and the answer says so`,
    rows: rowsOf(three),
    text: '',
    env: { MESSAGE_FORMAT: format },
    expect: { delivered: [], counts: {}, statusCode: 404, posts: 0, scans: 0 },
  })),
  {
    name: 'the message has the largest size',
    rows: rowsOf(three),
    sender: SENDER,
    text: fill(ATTRIBUTION_BYTES),
    naive: 'right',
    expect: whole,
  },
  {
    name: 'the message has the largest size, and is sent unchanged',
    rows: rowsOf(three),
    text: fill(0),
    env: { MESSAGE_FORMAT: 'RAW' },
    expect: { ...whole, body: raw },
  },
  {
    name: 'the message is a byte too large: nobody gets it, the table is not read, the sender gets an error',
    rows: rowsOf(three),
    sender: SENDER,
    text: fill(ATTRIBUTION_BYTES, 1),
    naive: ['answer', 'pace'],
    expect: { delivered: [], counts: {}, error: 'MessageTooLargeError', posts: 0, scans: 0 },
  },
  {
    name: 'the message is a byte too large to be sent unchanged',
    rows: rowsOf(three),
    text: fill(0, 1),
    env: { MESSAGE_FORMAT: 'RAW' },
    expect: { delivered: [], counts: {}, error: 'MessageTooLargeError', posts: 0, scans: 0 },
  },
  {
    name: 'the message is too large in bytes, though not in characters',
    rows: rowsOf(three),
    text: '漢'.repeat(50_000),
    env: { MESSAGE_FORMAT: 'RAW' },
    expect: { delivered: [], counts: {}, error: 'MessageTooLargeError', posts: 0, scans: 0 },
  },
  {
    name: 'an envelope says who sent what, and when',
    rows: rowsOf(three),
    sender: SENDER,
    text: 'good "morning"',
    env: { MESSAGE_FORMAT: 'ENVELOPE' },
    expect: {
      ...whole,
      body: (text, from) => JSON.stringify({ type: 'message', id: 'message-0', from, sentAt: SENT_AT, message: text }),
    },
  },
];
