import { existsSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import sirv from 'sirv';
import { LocalError } from './errors';

/** Page of the example chat, beside the bundle. */
export const CHAT_PAGE = join(__dirname, 'chat');

/** Serves the files of a directory, read at each request. Files and folders whose names begin with a dot are hidden. */
export function staticPage(directory: string): (request: IncomingMessage, response: ServerResponse) => void {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new LocalError(`there is no directory '${directory}' to serve; check --serve`);
  }
  const serve = sirv(directory, { dev: true });
  return (request, response) => {
    const answer = (status: number, text: string) => response.writeHead(status, { 'Content-Type': 'text/plain' }).end(`${text}\n`);
    if (isHidden(request.url ?? '/')) return void answer(404, 'Not found');
    // sirv does not validate ranges. Nothing needs them: a whole file is always a correct answer.
    delete request.headers.range;
    response.on('pipe', (file: Readable) => {
      file.on('error', () => response.destroy());
      response.once('close', () => file.destroy());
    });
    try {
      serve(request, response, () => void answer(404, 'Not found'));
    } catch {
      // The file exists but cannot be read.
      if (response.headersSent) response.destroy();
      else answer(500, 'Internal server error');
    }
  };
}

/** Hides dot files: sirv does not while it reads files at each request. */
function isHidden(url: string): boolean {
  const [path] = url.split('?');
  return decoded(path).split(/[/\\]/).some((segment) => segment.startsWith('.'));
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
