import type { Fixture } from './open-service.ts'

/** Silent while all is well, registration open, a token that is refused by all routes but its own. */
export const forum: Fixture = {
  folder: 'forum',
  config: {
    service: 'forum',
    start: {
      command: ['node', 'server.mjs'],
      env: { HOST: '{host}', PORT: '{port}', POSTS_TOKEN: '{secret:POSTS_TOKEN}' },
      ready: '/up',
      readyTimeoutMs: 20_000,
    },
    probes: { live: '/up' },
    identities: { reader: { headers: { 'x-posts-token': '{secret:POSTS_TOKEN}' } } },
    requests: {
      posts: { path: '/posts', as: 'reader' },
      join: {
        method: 'POST',
        path: '/account/users',
        as: 'reader',
        effect: 'write',
        body: { username: 'user-{n}', password: 'long-enough-{n}' },
        expect: 403,
      },
    },
    signIn: { path: '/account/login', body: { username: '{username}', password: '{password}' } },
  },
}

/** The same, where what takes a body is asked without the token. */
export const openForum: Fixture = {
  ...forum,
  config: {
    ...forum.config,
    requests: {
      posts: { path: '/posts' },
      join: {
        method: 'POST',
        path: '/account/users',
        effect: 'write',
        body: { username: 'user-{n}', password: 'long-enough-{n}' },
        expect: 201,
      },
    },
  },
}
