/** Makes the tables of the platform in the database of a sandbox: what its own migrations do where it is deployed. */
import { applyPlatformSchema } from './platform-schema.ts'

await applyPlatformSchema(process.env['DATABASE_URL'] ?? '')
