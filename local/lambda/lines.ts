import type { Readable } from 'node:stream';

/** Longest event of a log on AWS, at one time. Longer lines are cut, so that code which never ends its line does not fill the memory. */
const MAX_LINE_LENGTH = 256 * 1024;

/**
 * Splits a process's output into lines. Resolves at its end.
 *
 * @param stream absent for a process that could not be started because too many files are open
 */
export function readLines(stream: Readable | null | undefined, onLine: (line: string) => void, maxLength = MAX_LINE_LENGTH): Promise<void> {
  if (!stream) return Promise.resolve();
  // One character more than is shown, to know that there was more.
  let line = '';
  const append = (text: string) => { line += text.slice(0, maxLength + 1 - line.length); };
  const end = () => {
    const complete = line;
    line = '';
    onLine(complete.length > maxLength ? `${complete.slice(0, maxLength)}… (cut)` : complete.replace(/\r$/, ''));
  };
  stream.setEncoding('utf8').on('data', (text: string) => {
    const [first, ...others] = text.split('\n');
    append(first);
    for (const other of others) {
      end();
      append(other);
    }
  });
  stream.on('end', () => {
    if (line !== '') end();
  });
  return new Promise((resolve) => stream.on('error', () => resolve()).on('close', resolve));
}
