/** What a service does about an error, beyond answering the caller; the value says it in a sentence. */
export const reactions = {
  crash: 'The process ends at the start, once, with a message that names every problem; no port is opened.',
  fallback:
    'The last known answer is given and marked as such (`isFallback: true`); without one, the error is answered.',
  end_session: 'The session ends and the caller is told to sign in again.',
  last_published: 'The content published last is rendered.',
  open_breaker: 'It counts towards the breaker of the database; once open, callers get a fast 503.',
  answer: 'The caller is told, and nothing else happens.',
  alert: 'Somebody is called; the caller gets a safe answer that says nothing of the inside.',
} as const

export type Reaction = keyof typeof reactions
