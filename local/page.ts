import { existsSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import sirv from 'sirv';
import { LocalError } from './errors';

/** The page of the example chat, which is beside the bundle. */
export const CHAT_PAGE = join(__dirname, 'chat');

/** Serves the files of a directory, as they are at the moment of each request. Files and folders that begin with a dot are hidden. */
export function staticPage(directory: string): (request: IncomingMessage, response: ServerResponse) => void {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new LocalError(`there is no directory '${directory}' to serve; check --serve`);
  }
  const serve = sirv(directory, { dev: true });
  return (request, response) => {
    const answer = (status: number, text: string) => response.writeHead(status, { 'Content-Type': 'text/plain' }).end(`${text}\n`);
    if (isHidden(request.url ?? '/')) return void answer(404, 'Not found');
    // sirv takes ranges without checking them. Nothing needs them: a whole file is always a right answer.
    delete request.headers.range;
    response.on('pipe', (file: Readable) => {
      file.on('error', () => response.destroy());
      response.once('close', () => file.destroy());
    });
    try {
      serve(request, response, () => void answer(404, 'Not found'));
    } catch {
      // A file that is there but cannot be looked at.
      if (response.headersSent) response.destroy();
      else answer(500, 'Internal server error');
    }
  };
}

/** sirv hides no dot files from whoever asks for them while it looks files up as they are. */
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
