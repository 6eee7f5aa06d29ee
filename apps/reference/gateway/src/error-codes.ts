import { defineErrors } from '@greengate/kit/errors'

/** The kit's codes and ours. Served at /errors. Those of the services behind come through as they are. */
export const errorCodes = defineErrors({
  host_not_served: {
    class: 'Validation',
    status: 421,
    retriable: false,
    retryAfterS: null,
    message: 'This name is not served here.',
    fix: 'Use the address that the service is published under.',
  },
  upgrade_unsupported: {
    class: 'Validation',
    status: 501,
    retriable: false,
    retryAfterS: null,
    message: 'Connections are not upgraded here.',
    fix: 'Send plain HTTP requests.',
  },
})
