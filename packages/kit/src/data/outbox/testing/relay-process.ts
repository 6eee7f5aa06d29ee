/** A relay in a process of its own, for tests that kill it. It publishes into the table `received`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createBackgroundPool } from '../../background-pool.ts'
import { createOutboxRelay } from '../relay.ts'

const [, , url = '', delayMs = '0'] = process.argv
const pool = createBackgroundPool({ url, name: 'relay-process' })
createOutboxRelay({
  pool,
  batchMax: 20,
  pollMs: 50,
  publish: async (message) => {
    await pool.query('insert into received (dedupe_id, topic, key, payload, process) values ($1, $2, $3, $4, $5)', [
      message.dedupeId,
      message.topic,
      message.key,
      JSON.stringify(message.payload),
      process.pid,
    ])
    await sleep(Number(delayMs))
  },
}).start()
