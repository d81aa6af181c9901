/** Reason for which a part of an app is not available here. The rest of the app is served. */
export class Unavailable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Unavailable';
  }
}
