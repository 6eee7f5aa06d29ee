/** Publishes a hero in the sandbox of the gate, as an editor would: a site has one. */
import { openDatabase, runCommand } from '@greengate/reference-base'
import { createLogger } from '../src/commands.ts'
import { readConfig, SERVICE } from '../src/config.ts'
import { Entries } from '../src/entries.ts'

const logger = createLogger(process.env)
const publishHero = async (): Promise<string> => {
  const database = openDatabase(SERVICE, readConfig(process.env), { logger })
  try {
    const entries = new Entries(database, Date.now)
    const fields = { title: 'Welcome', summary: '', body_markdown: 'Hello', media_id: null, alt: '' }
    const made = await entries.create('hero', 'hero', fields, '<p>Hello</p>', 'gate')
    return (await entries.publish(made.id, null, undefined)).status
  } finally {
    await database.close()
  }
}
process.exitCode = await runCommand('gate_hero', publishHero, logger)
