import { join } from 'node:path'
import { readArguments } from './backup/arguments.ts'
import { restoreBackup } from './backup/restore-backup.ts'
import { runCommand, say } from './backup/run-command.ts'
import { writePrivate } from './start/secrets.ts'

process.exitCode = await runCommand(async () => {
  const { folder, key, databases, store, embedded } = readArguments(process.argv.slice(2), 'from', process.env)
  const { manifest, durationMs } = await restoreBackup({ folder, key, databases, store, onProgress: say })
  // What was brought back is not mixed with examples.
  if (embedded !== null) writePrivate(join(embedded, 'seeded'), `restored from ${manifest.created_at}\n`)
  return `restored as of ${manifest.created_at}; recovery took ${(durationMs / 1000).toFixed(1)} s`
})
