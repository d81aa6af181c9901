import { setTimeout as sleep } from 'node:timers/promises';
import { FoldedPosts } from '../../../local/cli/posts';

let lines: string[];
let posts: FoldedPosts;

beforeEach(() => {
  lines = [];
  posts = new FoldedPosts((line) => lines.push(line.slice(line.indexOf(' ') + 1)));
});

afterEach(() => posts.flush());

const add = (connectionId: string, detail = '200 5 bytes') => posts.add({ source: 'Chat/Api', event: 'post', connectionId, detail });

test('posts of a message are one line, that of one connection names it', () => {
  for (const id of ['a', 'b', 'c']) add(id);
  add('d', '410 GoneException');
  expect(lines).toEqual([]);
  posts.flush();
  expect(lines).toEqual(['Chat/Api post 3 connections 200 5 bytes', 'Chat/Api post d 410 GoneException']);
});

test('what a connection gets again is another message', () => {
  for (const id of ['a', 'b', 'a', 'b']) add(id);
  posts.flush();
  expect(lines).toEqual(Array(2).fill('Chat/Api post 2 connections 200 5 bytes'));
});

test('a line does not wait for long', async () => {
  add('a');
  await sleep(150);
  expect(lines).toEqual(['Chat/Api post a 200 5 bytes']);
});
