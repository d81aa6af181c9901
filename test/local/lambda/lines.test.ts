import { PassThrough } from 'node:stream';
import { readLines } from '../../../local/lambda/lines';

/** Returns the lines of these chunks, with at most five characters each. */
async function linesOf(...chunks: (string | Buffer)[]): Promise<string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  const read = readLines(stream, (line) => lines.push(line), 5);
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await read;
  return lines;
}

test.each<[string, (string | Buffer)[], string[]]>([
  ['end where they end, not where chunks do', ['a', 'b\nc', '\n', 'd\n'], ['ab', 'c', 'd']],
  ['may be empty', ['\n\na\n'], ['', '', 'a']],
  ['need no end', ['a\nb'], ['a', 'b']],
  ['may end as on Windows', ['a\r', '\nb\r\n'], ['a', 'b']],
  ['may be split within a character', [Buffer.from('ü').subarray(0, 1), Buffer.from('ü\n').subarray(1)], ['ü']],
  ['are whole up to the limit', ['12345\n12', '345\n'], ['12345', '12345']],
  ['are cut above it', ['1234567\nabc\n', '123', '456', '789\nz'], ['12345… (cut)', 'abc', '12345… (cut)', 'z']],
])('lines %s', async (_what, chunks, lines) => {
  expect(await linesOf(...chunks)).toEqual(lines);
});
