export { credentialsFrom, type Credentials } from './credentials';
export { SignedSender, type SignedSenderOptions } from './signed-sender';
