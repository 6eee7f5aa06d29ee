import { defineErrors, errorsOf } from '@greengate/kit/errors'

const never = { retriable: false, retryAfterS: null } as const

/** The kit's codes and ours. Served at /errors. */
export const errorCodes = defineErrors({
  media_rejected: {
    class: 'Validation',
    status: 422,
    ...never,
    message: 'What was uploaded is not what was announced, or not accepted. Nothing was kept.',
    fix: 'See details, and upload another file.',
  },
  media_not_uploaded: {
    class: 'Conflict',
    status: 409,
    ...never,
    message: 'Nothing was uploaded for this media yet.',
    fix: 'Send the file to the upload address first, all of it.',
  },
  media_in_use: {
    class: 'Conflict',
    status: 409,
    ...never,
    message: 'An entry, or an earlier version of one, shows this media.',
    fix: 'Delete the entry first, or keep the media.',
  },
  too_many_uploads: {
    class: 'RateLimit',
    status: 429,
    retriable: true,
    retryAfterS: 60,
    message: 'Too many uploads were announced and not completed.',
    fix: 'Complete some, or wait: what is not completed within an hour goes away.',
  },
})

export type ErrorCode = keyof typeof errorCodes

/** An error of this service. */
export const fail = errorsOf(errorCodes)
