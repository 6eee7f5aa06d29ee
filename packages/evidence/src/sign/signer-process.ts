import { serveSigner } from './signer-service.ts'

/** The process that holds the key, started by signer-client.ts. Nothing that is judged ever runs in it. */
serveSigner(process)
