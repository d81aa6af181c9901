/* Last state from the runner, shared by all parts of the page. */
export const state = {
  /** @type {{ id: string, path: string, urls: string[], format?: string, queue?: string, hasChannels: boolean }[]} */
  apis: [],
  /** @type {{ id: string, api: string, stage: string, isOpen: boolean, connectedAt: number, sent: number, received: number, userAgent?: string }[]} */
  connections: [],
  /** @type {{ name: string, path: string }[]} */
  tables: [],
  /** @type {{ api: string, name: string, userId?: string, count: number, members: { connectionId: string, userId?: string, name?: string }[] }[]} */
  channels: [],
  /** Connection whose messages are shown; undefined for all. @type {string | undefined} */
  selected: undefined,
};

/** Returns a connection's user: a name, or an id. */
export function personOf(connectionId) {
  for (const { members } of state.channels) {
    const member = members.find((each) => each.connectionId === connectionId);
    if (member?.name ?? member?.userId) return member.name ?? member.userId;
  }
  return undefined;
}

/** Returns the channels of a connection, without the personal one. */
export function channelsOf(connectionId) {
  return state.channels.filter(({ userId, members }) => userId === undefined && members.some((each) => each.connectionId === connectionId)).map(({ name }) => name);
}
