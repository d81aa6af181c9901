export { handler } from './message-handler.lambda';
